from launchdarkly_api.model_utils import Model


class MetricInput(Model):
    """A metric that a new iteration measures."""

    __slots__ = ()

    key: str
    """The key of the metric. Example: ``"signup"``."""
    primary: bool
    """Whether this metric decides the experiment. Example: ``True``."""
