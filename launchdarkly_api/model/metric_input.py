from launchdarkly_api.model_utils import Model


class MetricInput(Model):
    """A metric that an iteration is to measure."""

    __slots__ = ()

    key: str
    """The key of the metric. Example: ``"signup"``."""
    primary: bool
    """Whether this metric decides. Example: ``True``."""
