from launchdarkly_api.model_utils import KW_ONLY, EpochTime, Model


class MetricSeen(Model):
    """Whether events for a metric have arrived."""

    __slots__ = ()

    _: KW_ONLY
    ever: bool | None = None
    """Whether any event ever arrived. Example: ``True``."""
    timestamp: EpochTime | None = None
    """When the last event arrived. The service has been seen to give seconds here, and milliseconds
    elsewhere: look at the size.

    Example: ``1657129307``.
    """
