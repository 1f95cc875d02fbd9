from launchdarkly_api.model.experiment_time_series_variation_slice import (
    ExperimentTimeSeriesVariationSlice,
)
from launchdarkly_api.model_utils import ArrayModel


class ExperimentTimeSeriesVariationSlices(ArrayModel[ExperimentTimeSeriesVariationSlice]):
    """The results of one time slice, with one item per variation."""

    __slots__ = ()
