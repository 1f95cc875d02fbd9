from launchdarkly_api.model.flags_input import FlagsInput
from launchdarkly_api.model.metrics_input import MetricsInput
from launchdarkly_api.model.treatments_input import TreatmentsInput
from launchdarkly_api.model_utils import KW_ONLY, Model


class IterationInput(Model):
    """A new iteration of an experiment."""

    __slots__ = ()

    hypothesis: str
    """The expected effect. Example: ``"A larger button sells more"``."""
    metrics: MetricsInput
    """The metrics to measure, one of which is primary."""
    treatments: TreatmentsInput
    """The treatments to compare, one of which is the baseline."""
    flags: FlagsInput
    """The flags that serve the treatments, by key."""
    _: KW_ONLY
    can_reshuffle_traffic: bool | None = None
    """Whether units may move to another treatment when the traffic split changes.

    Example: ``True``.
    """
    randomization_unit: str | None = None
    """The context kind by which traffic is split. Example: ``"user"``."""
