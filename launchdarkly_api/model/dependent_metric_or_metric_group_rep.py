from typing import Literal

from launchdarkly_api.model.link import Link
from launchdarkly_api.model.metric_in_group_rep import MetricInGroupRep
from launchdarkly_api.model_utils import KW_ONLY, Model, field


class DependentMetricOrMetricGroupRep(Model):
    """A metric or a metric group of an iteration."""

    __slots__ = ()

    key: str
    """The key of the metric or group. Example: ``"signup"``."""
    name: str
    """The display name. Example: ``"Signed up"``."""
    kind: Literal["pageview", "click", "custom", "trace", "funnel", "standard"] | str
    """The kind of event that a metric measures, or the kind of a group. Example: ``"custom"``."""
    links: dict[str, Link] = field("_links")
    """Links to related resources, by relation: ``self``, ``parent`` and others.

    Example: ``{"self": {"href": "/api/v2/metrics/demo/signup", "type": "application/json"}}``.
    """
    _: KW_ONLY
    is_group: bool | None = None
    """Whether this is a group. Since 2023. Example: ``False``."""
    version_id: str | None = field("_versionId", default=None)
    """The id of this version of the metric or group. Since 2024. Example: ``"signup-1"``."""
    is_numeric: bool | None = None
    """Whether the values of events are measured (true), or whether a unit had an event (false).

    Since 2024. Example: ``False``.
    """
    event_key: str | None = None
    """The key of the events, for a custom metric. Since 2025. Example: ``"signup"``."""
    analysis_type: Literal["mean", "percentile"] | str | None = None
    """The compared statistic of a metric: the mean, or a percentile. Since 2026.

    Example: ``"mean"``.
    """
    analysis_unit: str | None = None
    """The context kind whose values are compared; not set for the randomization unit. Since 2026.

    Example: ``"user"``.
    """
    metrics: list[MetricInGroupRep] | None = None
    """The metrics of a group, in its order. Since 2023."""
