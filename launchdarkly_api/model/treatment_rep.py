from launchdarkly_api.model.parameter_rep import ParameterRep
from launchdarkly_api.model_utils import KW_ONLY, Model, field


class TreatmentRep(Model):
    """A treatment: what one part of the traffic gets to see."""

    __slots__ = ()

    name: str
    """The name that people read. Example: ``"Larger button"``."""
    allocation_percent: str
    """The share of the traffic in per cent, as text. Example: ``"50"``."""
    _: KW_ONLY
    id: str | None = field("_id", default=None)
    """The id that the service gave it. Example: ``"122c9f3e-da26-4321-ba68-e0fc02eced58"``."""
    baseline: bool | None = None
    """Whether the others are compared with this one. Example: ``True``."""
    parameters: list[ParameterRep] | None = None
    """Which variation of each flag this treatment serves."""
