from launchdarkly_api.model.metric_input import MetricInput
from launchdarkly_api.model_utils import ArrayModel


class MetricsInput(ArrayModel[MetricInput]):
    """The metrics that a new iteration measures."""

    __slots__ = ()
