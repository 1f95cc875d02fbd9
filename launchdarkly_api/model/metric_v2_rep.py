from typing import Literal

from launchdarkly_api.model.link import Link
from launchdarkly_api.model_utils import Model, field


class MetricV2Rep(Model):
    """A metric of an iteration."""

    __slots__ = ()

    key: str
    """The key of the metric. Example: ``"signup"``."""
    name: str
    """The display name. Example: ``"Signed up"``."""
    kind: Literal["pageview", "click", "custom"] | str
    """The kind of metric. The service has more kinds today than the contract lists.

    Example: ``"custom"``.
    """
    links: dict[str, Link] = field("_links")
    """Links to related resources, by relation: ``self``, ``parent`` and others.

    Example: ``{"self": {"href": "/api/v2/projects/demo", "type": "application/json"}}``.
    """
