from launchdarkly_api.model_utils import KW_ONLY, Model


class Link(Model):
    """Where a resource is to be found."""

    __slots__ = ()

    _: KW_ONLY
    href: str | None = None
    """The address, relative to the host.

    Example: ``"/api/v2/projects/demo/environments/test/experiments/new-checkout"``.
    """
    type: str | None = None
    """The media type of what is there. Example: ``"application/json"``."""
