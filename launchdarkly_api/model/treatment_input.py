from launchdarkly_api.model.treatment_parameter_input import TreatmentParameterInput
from launchdarkly_api.model_utils import Model


class TreatmentInput(Model):
    """A treatment: what one part of the traffic gets to see."""

    __slots__ = ()

    name: str
    """The name that people read. Example: ``"Larger button"``."""
    baseline: bool
    """Whether the others are compared with this one. Example: ``True``."""
    allocation_percent: str
    """The share of the traffic in per cent, as text. Example: ``"50"``."""
    parameters: list[TreatmentParameterInput]
    """Which variation of each flag this treatment serves."""
