from typing import Literal

from launchdarkly_api.model.link import Link
from launchdarkly_api.model.metric_in_group_rep import MetricInGroupRep
from launchdarkly_api.model_utils import KW_ONLY, Model, field


class MetricV2Rep(Model):
    """A metric of an iteration, or the metric group that is its primary metric."""

    __slots__ = ()

    key: str
    """The key of the metric. Example: ``"signup"``."""
    name: str
    """The display name. Example: ``"Signed up"``."""
    kind: Literal["pageview", "click", "custom", "trace"] | str
    """The kind of event that the metric measures; ``funnel`` or ``standard`` for a metric group.

    Example: ``"custom"``.
    """
    links: dict[str, Link] = field("_links")
    """Links to related resources, by relation: ``self``, ``parent`` and others.

    Example: ``{"self": {"href": "/api/v2/projects/demo", "type": "application/json"}}``.
    """
    _: KW_ONLY
    version_id: str | None = field("_versionId", default=None)
    """The id of this version of the metric. Since 2024. Example: ``"signup-1"``."""
    is_numeric: bool | None = None
    """Whether the values of events are measured (true), or whether a unit had an event (false).

    Since 2024. Example: ``False``.
    """
    event_key: str | None = None
    """The key of the events, for a custom metric. Since 2025. Example: ``"signup"``."""
    unit_aggregation_type: Literal["sum", "average", "count_distinct"] | str | None = None
    """How the events of one unit become one value. Since 2024. Example: ``"average"``."""
    analysis_type: Literal["mean", "percentile"] | str | None = None
    """The compared statistic: the mean, or a percentile. Since 2026. Example: ``"mean"``."""
    analysis_unit: str | None = None
    """The context kind whose values are compared; not set for the randomization unit. Since 2026.

    Example: ``"user"``.
    """
    is_group: bool | None = None
    """Whether this is a metric group. Only the primary metric may be one. Since 2023.

    Example: ``False``.
    """
    metrics: list[MetricInGroupRep] | None = None
    """The metrics of a metric group, in its order. Since 2023."""
