from typing import Literal

from launchdarkly_api.model.link import Link
from launchdarkly_api.model_utils import Model, field


class MetricV2Rep(Model):
    """A metric that an iteration measures."""

    __slots__ = ()

    key: str
    """The key of the metric. Example: ``"signup"``."""
    name: str
    """The name that people read. Example: ``"Signed up"``."""
    kind: Literal["pageview", "click", "custom"] | str
    """What is measured. The service knows more kinds today than the contract names.

    Example: ``"custom"``.
    """
    links: dict[str, Link] = field("_links")
    """Addresses of related resources, by relation: ``self``, ``parent`` and others.

    Example: ``{"self": {"href": "/api/v2/projects/demo", "type": "application/json"}}``.
    """
