from launchdarkly_api.model_utils import KW_ONLY, Model


class Link(Model):
    """A link to a resource."""

    __slots__ = ()

    _: KW_ONLY
    href: str | None = None
    """The URL, relative to the host.

    Example: ``"/api/v2/projects/demo/environments/test/experiments/new-checkout"``.
    """
    type: str | None = None
    """The media type of the resource. Example: ``"application/json"``."""
