from launchdarkly_api.model.flags_input import FlagsInput
from launchdarkly_api.model.metrics_input import MetricsInput
from launchdarkly_api.model.treatments_input import TreatmentsInput
from launchdarkly_api.model_utils import KW_ONLY, Model


class IterationInput(Model):
    """A new iteration of an experiment."""

    __slots__ = ()

    hypothesis: str
    """The expected effect. Example: ``"A larger button sells more"``."""
    metrics: MetricsInput
    """The metrics to measure, including the primary one."""
    treatments: TreatmentsInput
    """The treatments to compare, one of which is the baseline."""
    flags: FlagsInput
    """The flags that serve the treatments, by key."""
    _: KW_ONLY
    primary_single_metric_key: str | None = None
    """The key of the metric that decides the experiment. Since 2024, the service requires this or
    ``primary_funnel_key``.

    Example: ``"signup"``.
    """
    primary_funnel_key: str | None = None
    """The key of the funnel, a metric group, that decides the experiment. Since 2024.

    Example: ``"checkout-steps"``.
    """
    can_reshuffle_traffic: bool | None = None
    """Whether units may move to another treatment when the traffic split changes; true by
    default.

    Example: ``True``.
    """
    randomization_unit: str | None = None
    """The context kind by which traffic is split. Example: ``"user"``."""
    reallocation_frequency_millis: int | None = None
    """How often a multi-armed bandit changes the traffic split. Milliseconds. Since 2026.

    Example: ``3600000``.
    """
    covariate_id: str | None = None
    """The id of an uploaded file of covariates, by which units are assigned. Since 2026.

    Example: ``"74a49a2b-4834-4246-917e-5d85231d8c2a"``.
    """
    attributes: list[str] | None = None
    """The attributes by which results can be filtered. Since 2024. Example: ``["country"]``."""
