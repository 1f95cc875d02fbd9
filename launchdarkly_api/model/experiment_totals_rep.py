from launchdarkly_api.model.confidence_interval_rep import ConfidenceIntervalRep
from launchdarkly_api.model_utils import KW_ONLY, Model


class ExperimentTotalsRep(Model):
    """The totals of one variation of a legacy experiment."""

    __slots__ = ()

    _: KW_ONLY
    cumulative_value: float | None = None
    """The sum of the events' values, in the metric's unit. Example: ``410.0``."""
    cumulative_count: int | None = None
    """The number of events. Example: ``410``."""
    cumulative_impression_count: int | None = None
    """The number of units that saw the variation. Example: ``3470``."""
    cumulative_conversion_rate: float | None = None
    """The share of units that converted. Example: ``0.118``."""
    cumulative_confidence_interval: ConfidenceIntervalRep | None = None
    """The interval of ``cumulative_conversion_rate``."""
    p_value: float | None = None
    """The p-value of the difference from the first variation. Example: ``0.031``."""
    improvement: float | None = None
    """The relative difference from the first variation; 0.1 means ten per cent more.

    Example: ``0.1``.
    """
    min_sample_size: int | None = None
    """The minimum number of units for the test. Example: ``2300``."""
