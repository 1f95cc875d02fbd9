from launchdarkly_api.model.flag_rep import FlagRep
from launchdarkly_api.model.metric_v2_rep import MetricV2Rep
from launchdarkly_api.model.treatment_rep import TreatmentRep
from launchdarkly_api.model_utils import KW_ONLY, EpochMilliseconds, Model, field


class IterationRep(Model):
    """An iteration: a block of time in which an experiment runs unchanged."""

    __slots__ = ()

    hypothesis: str
    """What is expected to happen. Example: ``"A larger button sells more"``."""
    status: str
    """``not_started``, ``running`` or ``stopped``. Example: ``"running"``."""
    created_at: EpochMilliseconds
    """When it was created. Epoch milliseconds. Example: ``1654104600000``."""
    _: KW_ONLY
    id: str | None = field("_id", default=None)
    """The id that the service gave it. Example: ``"12ab3c45-de67-8910-ab12-3c45de678910"``."""
    started_at: EpochMilliseconds | None = None
    """When it was started. Epoch milliseconds. Example: ``1654104600000``."""
    ended_at: EpochMilliseconds | None = None
    """When it was stopped. Epoch milliseconds. Example: ``1656104600000``."""
    winning_treatment_id: str | None = None
    """The id of the treatment that was declared the winner.

    Example: ``"122c9f3e-da26-4321-ba68-e0fc02eced58"``.
    """
    winning_reason: str | None = None
    """Why it won. Example: ``"Better on both metrics"``."""
    can_reshuffle_traffic: bool | None = None
    """Whether units may change their treatment when the traffic split changes.

    Example: ``True``.
    """
    flags: dict[str, FlagRep] | None = None
    """The flags that deliver the treatments, by key."""
    primary_metric: MetricV2Rep | None = None
    """The metric that decides."""
    randomization_unit: str | None = None
    """The context kind by which traffic is split. Example: ``"user"``."""
    treatments: list[TreatmentRep] | None = None
    """The treatments that are compared. They come with ``expand=treatments``."""
    secondary_metrics: list[MetricV2Rep] | None = None
    """The other metrics. They come with ``expand=secondaryMetrics``."""
