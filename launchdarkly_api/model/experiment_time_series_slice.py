from launchdarkly_api.model.experiment_time_series_variation_slices import (
    ExperimentTimeSeriesVariationSlices,
)
from launchdarkly_api.model_utils import KW_ONLY, EpochMilliseconds, Model, field


class ExperimentTimeSeriesSlice(Model):
    """One slice of time of a legacy experiment's results."""

    __slots__ = ()

    _: KW_ONLY
    time: EpochMilliseconds | None = field("Time", default=None)
    """When the slice begins. Epoch milliseconds. Example: ``1654041600000``."""
    variation_data: ExperimentTimeSeriesVariationSlices | None = field(
        "VariationData", default=None
    )
    """The figures of this slice, one a variation, in the order of ``totals``."""
