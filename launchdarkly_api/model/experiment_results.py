from launchdarkly_api.model.experiment_metadata_rep import ExperimentMetadataRep
from launchdarkly_api.model.experiment_stats_rep import ExperimentStatsRep
from launchdarkly_api.model.experiment_time_series_slice import ExperimentTimeSeriesSlice
from launchdarkly_api.model.experiment_totals_rep import ExperimentTotalsRep
from launchdarkly_api.model.link import Link
from launchdarkly_api.model.metric_seen import MetricSeen
from launchdarkly_api.model_utils import KW_ONLY, Model, field


class ExperimentResults(Model):
    """The results of a legacy experiment: one flag and one metric."""

    __slots__ = ()

    _: KW_ONLY
    links: dict[str, Link] | None = field("_links", default=None)
    """Links to related resources, by relation: ``self``, ``parent`` and others.

    Example: ``{"self": {"href": "/api/v2/projects/demo", "type": "application/json"}}``.
    """
    metadata: list[ExperimentMetadataRep] | None = None
    """The metadata of each variation."""
    totals: list[ExperimentTotalsRep] | None = None
    """The totals of each variation over the whole window."""
    series: list[ExperimentTimeSeriesSlice] | None = None
    """The results of each time slice of the window."""
    stats: ExperimentStatsRep | None = None
    """The significance test of all variations."""
    granularity: str | None = None
    """The length of a time slice. Example: ``"day"``."""
    metric_seen: MetricSeen | None = None
    """Whether and when events for the metric arrived."""
