from launchdarkly_api.model.experiment_time_series_variation_slices import (
    ExperimentTimeSeriesVariationSlices,
)
from launchdarkly_api.model_utils import KW_ONLY, EpochMilliseconds, Model, field


class ExperimentTimeSeriesSlice(Model):
    """The legacy results of one time slice."""

    __slots__ = ()

    _: KW_ONLY
    time: EpochMilliseconds | None = field("Time", default=None)
    """When the slice begins. Epoch milliseconds. Example: ``1654041600000``."""
    variation_data: ExperimentTimeSeriesVariationSlices | None = field(
        "VariationData", default=None
    )
    """The results of each variation in this slice, in the order of ``totals``."""
