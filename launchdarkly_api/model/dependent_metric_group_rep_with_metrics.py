from typing import Literal

from launchdarkly_api.model.link import Link
from launchdarkly_api.model.metric_in_group_rep import MetricInGroupRep
from launchdarkly_api.model_utils import KW_ONLY, Model, field


class DependentMetricGroupRepWithMetrics(Model):
    """A metric group of an iteration, such as its primary funnel."""

    __slots__ = ()

    key: str
    """The key of the group. Example: ``"checkout-steps"``."""
    name: str
    """The display name. Example: ``"Checkout steps"``."""
    kind: Literal["funnel", "standard"] | str
    """The kind of group. Example: ``"funnel"``."""
    links: dict[str, Link] = field("_links")
    """Links to related resources, by relation: ``self``, ``parent`` and others.

    Example: ``{"self": {"href": "/api/v2/projects/demo/metric-groups/checkout-steps"}}``.
    """
    _: KW_ONLY
    metrics: list[MetricInGroupRep] | None = None
    """The metrics of the group, in its order."""
