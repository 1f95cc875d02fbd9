from launchdarkly_api.model_utils import KW_ONLY, EpochTime, Model


class MetricSeen(Model):
    """Whether events for a metric have arrived."""

    __slots__ = ()

    _: KW_ONLY
    ever: bool | None = None
    """Whether any event has arrived. Example: ``True``."""
    timestamp: EpochTime | None = None
    """When the last event arrived. Epoch seconds were observed here, although the service sends
    milliseconds elsewhere; the size of the number shows which.

    Example: ``1657129307``.
    """
