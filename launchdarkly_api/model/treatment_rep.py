from launchdarkly_api.model.parameter_rep import ParameterRep
from launchdarkly_api.model_utils import KW_ONLY, Model, field


class TreatmentRep(Model):
    """A treatment: the variations that one part of the traffic gets."""

    __slots__ = ()

    name: str
    """The display name. Example: ``"Larger button"``."""
    allocation_percent: str
    """The share of the traffic in per cent, as a string. Example: ``"50"``."""
    _: KW_ONLY
    id: str | None = field("_id", default=None)
    """The id, which the service assigns. Example: ``"122c9f3e-da26-4321-ba68-e0fc02eced58"``."""
    baseline: bool | None = None
    """Whether the others are compared with this treatment. Example: ``True``."""
    parameters: list[ParameterRep] | None = None
    """The variation of each flag that this treatment serves."""
