from launchdarkly_api.model.access_allowed_rep import AccessAllowedRep
from launchdarkly_api.model.access_denied import AccessDenied
from launchdarkly_api.model_utils import KW_ONLY, Model


class Access(Model):
    """The actions that the access token may perform on a resource. Since 2026."""

    __slots__ = ()

    _: KW_ONLY
    denied: list[AccessDenied] | None = None
    """The actions that are denied."""
    allowed: list[AccessAllowedRep] | None = None
    """The actions that are allowed."""
