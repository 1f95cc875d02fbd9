from launchdarkly_api.model.confidence_interval_rep import ConfidenceIntervalRep
from launchdarkly_api.model_utils import KW_ONLY, Model


class ExperimentTimeSeriesVariationSlice(Model):
    """The figures of one variation in one slice of time."""

    __slots__ = ()

    _: KW_ONLY
    value: float | None = None
    """The sum of the values of the slice's events, in the metric's unit. Example: ``52.0``."""
    count: int | None = None
    """How many events the slice has. Example: ``52``."""
    cumulative_value: float | None = None
    """The sum since the window began, in the metric's unit. Example: ``410.0``."""
    cumulative_count: int | None = None
    """The count since the window began. Example: ``410``."""
    conversion_rate: float | None = None
    """The share of units that converted in the slice. Example: ``0.121``."""
    cumulative_conversion_rate: float | None = None
    """The share of units that converted since the window began. Example: ``0.118``."""
    confidence_interval: ConfidenceIntervalRep | None = None
    """The interval of the slice's rate."""
    cumulative_confidence_interval: ConfidenceIntervalRep | None = None
    """The interval of the cumulative rate."""
