from launchdarkly_api.model.experiment_time_series_variation_slice import (
    ExperimentTimeSeriesVariationSlice,
)
from launchdarkly_api.model_utils import ArrayModel


class ExperimentTimeSeriesVariationSlices(ArrayModel[ExperimentTimeSeriesVariationSlice]):
    """The figures of one slice of time, one item a variation."""

    __slots__ = ()
