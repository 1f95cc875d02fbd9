from launchdarkly_api.model.access_denied_reason import AccessDeniedReason
from launchdarkly_api.model_utils import KW_ONLY, Model


class AccessDenied(Model):
    """An action that is denied, and the reason. Since 2026."""

    __slots__ = ()

    _: KW_ONLY
    action: str | None = None
    """The action. Example: ``"updateExperiment"``."""
    reason: AccessDeniedReason | None = None
    """The statement of the policy that decides."""
