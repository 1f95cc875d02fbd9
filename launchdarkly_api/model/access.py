from launchdarkly_api.model.access_allowed_rep import AccessAllowedRep
from launchdarkly_api.model.access_denied import AccessDenied
from launchdarkly_api.model_utils import KW_ONLY, Model


class Access(Model):
    """What the access token may do with a resource. Since 2026."""

    __slots__ = ()

    _: KW_ONLY
    denied: list[AccessDenied] | None = None
    """The actions that are denied."""
    allowed: list[AccessAllowedRep] | None = None
    """The actions that are allowed."""
