from launchdarkly_api.model.confidence_interval_rep import ConfidenceIntervalRep
from launchdarkly_api.model_utils import KW_ONLY, Model


class ExperimentTimeSeriesVariationSlice(Model):
    """The results of one variation in one time slice."""

    __slots__ = ()

    _: KW_ONLY
    value: float | None = None
    """The sum of the events' values in this slice, in the metric's unit. Example: ``52.0``."""
    count: int | None = None
    """The number of events in this slice. Example: ``52``."""
    cumulative_value: float | None = None
    """The sum since the start of the window, in the metric's unit. Example: ``410.0``."""
    cumulative_count: int | None = None
    """The number of events since the start of the window. Example: ``410``."""
    conversion_rate: float | None = None
    """The share of units that converted in this slice. Example: ``0.121``."""
    cumulative_conversion_rate: float | None = None
    """The share of units that converted since the start of the window. Example: ``0.118``."""
    confidence_interval: ConfidenceIntervalRep | None = None
    """The interval of ``conversion_rate``."""
    cumulative_confidence_interval: ConfidenceIntervalRep | None = None
    """The interval of ``cumulative_conversion_rate``."""
