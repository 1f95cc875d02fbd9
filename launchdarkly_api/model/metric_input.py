from launchdarkly_api.model_utils import KW_ONLY, Model


class MetricInput(Model):
    """A metric that a new iteration measures."""

    __slots__ = ()

    key: str
    """The key of the metric. Example: ``"signup"``."""
    primary: bool | None = None
    """Whether this metric decides the experiment. Required until 2023. Today, the service
    deprecates it in favor of ``IterationInput.primary_single_metric_key`` and
    ``primary_funnel_key``.

    Example: ``True``.
    """
    _: KW_ONLY
    is_group: bool | None = None
    """Whether ``key`` is the key of a metric group; false by default. Since 2023.

    Example: ``False``.
    """
    analysis_unit: str | None = None
    """The context kind whose values are compared; by default, the randomization unit. Since 2026.

    Example: ``"user"``.
    """
