from launchdarkly_api.model.covariate_info_rep import CovariateInfoRep
from launchdarkly_api.model.dependent_metric_group_rep_with_metrics import (
    DependentMetricGroupRepWithMetrics,
)
from launchdarkly_api.model.dependent_metric_or_metric_group_rep import (
    DependentMetricOrMetricGroupRep,
)
from launchdarkly_api.model.flag_rep import FlagRep
from launchdarkly_api.model.layer_snapshot_rep import LayerSnapshotRep
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
    """The metric or metric group that decides the experiment. Today, the service deprecates it;
    read ``primary_single_metric`` and ``primary_funnel``.
    """
    randomization_unit: str | None = None
    """The context kind by which traffic is split. Example: ``"user"``."""
    treatments: list[TreatmentRep] | None = None
    """The treatments to compare. Requires ``expand=treatments``."""
    secondary_metrics: list[MetricV2Rep] | None = None
    """The other metrics. Requires ``expand=secondaryMetrics``. Today, the service deprecates it;
    read ``metrics``.
    """
    primary_single_metric: MetricV2Rep | None = None
    """The metric that decides the experiment. Since 2024."""
    primary_funnel: DependentMetricGroupRepWithMetrics | None = None
    """The funnel that decides the experiment. Since 2024."""
    metrics: list[DependentMetricOrMetricGroupRep] | None = None
    """All metrics and metric groups. Since 2024."""
    version: int | None = None
    """The version of the iteration, which counts its changes. Since 2025. Example: ``0``."""
    attributes: list[str] | None = None
    """The attributes by which results can be filtered. Since 2024. Example: ``["country"]``."""
    reallocation_frequency_millis: int | None = None
    """How often a multi-armed bandit changes the traffic split. Milliseconds. Since 2025.

    Example: ``3600000``.
    """
    layer_snapshot: LayerSnapshotRep | None = None
    """The layer, when the iteration was stopped; not set without a layer. Since 2024."""
    covariate_info: CovariateInfoRep | None = None
    """The file of covariates by which units are assigned. Since 2026."""
