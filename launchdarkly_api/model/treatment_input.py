from launchdarkly_api.model.treatment_parameter_input import TreatmentParameterInput
from launchdarkly_api.model_utils import Model


class TreatmentInput(Model):
    """A treatment: the variations that one part of the traffic gets."""

    __slots__ = ()

    name: str
    """The display name. Example: ``"Larger button"``."""
    baseline: bool
    """Whether the others are compared with this treatment. Example: ``True``."""
    allocation_percent: str
    """The share of the traffic in per cent, as a string. Example: ``"50"``."""
    parameters: list[TreatmentParameterInput]
    """The variation of each flag that this treatment serves."""
