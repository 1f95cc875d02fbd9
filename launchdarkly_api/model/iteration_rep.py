from launchdarkly_api.model.flag_rep import FlagRep
from launchdarkly_api.model.metric_v2_rep import MetricV2Rep
from launchdarkly_api.model.treatment_rep import TreatmentRep
from launchdarkly_api.model_utils import KW_ONLY, EpochMilliseconds, Model, field


class IterationRep(Model):
    """An iteration: a period in which an experiment runs without changes."""

    __slots__ = ()

    hypothesis: str
    """The expected effect. Example: ``"A larger button sells more"``."""
    status: str
    """The status: ``not_started``, ``running`` or ``stopped``. Example: ``"running"``."""
    created_at: EpochMilliseconds
    """When the iteration was created. Epoch milliseconds. Example: ``1654104600000``."""
    _: KW_ONLY
    id: str | None = field("_id", default=None)
    """The id, which the service assigns. Example: ``"12ab3c45-de67-8910-ab12-3c45de678910"``."""
    started_at: EpochMilliseconds | None = None
    """When the iteration was started. Epoch milliseconds. Example: ``1654104600000``."""
    ended_at: EpochMilliseconds | None = None
    """When the iteration was stopped. Epoch milliseconds. Example: ``1656104600000``."""
    winning_treatment_id: str | None = None
    """The id of the treatment that was declared the winner.

    Example: ``"122c9f3e-da26-4321-ba68-e0fc02eced58"``.
    """
    winning_reason: str | None = None
    """The reason why it won. Example: ``"Better on both metrics"``."""
    can_reshuffle_traffic: bool | None = None
    """Whether units may move to another treatment when the traffic split changes.

    Example: ``True``.
    """
    flags: dict[str, FlagRep] | None = None
    """The flags that serve the treatments, by key."""
    primary_metric: MetricV2Rep | None = None
    """The metric that decides the experiment."""
    randomization_unit: str | None = None
    """The context kind by which traffic is split. Example: ``"user"``."""
    treatments: list[TreatmentRep] | None = None
    """The treatments to compare. Requires ``expand=treatments``."""
    secondary_metrics: list[MetricV2Rep] | None = None
    """The other metrics. Requires ``expand=secondaryMetrics``."""
