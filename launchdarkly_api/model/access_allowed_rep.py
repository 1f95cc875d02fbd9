from launchdarkly_api.model.access_allowed_reason import AccessAllowedReason
from launchdarkly_api.model_utils import KW_ONLY, Model


class AccessAllowedRep(Model):
    """An action that is allowed, and the reason. Since 2026."""

    __slots__ = ()

    _: KW_ONLY
    action: str | None = None
    """The action. Example: ``"updateExperiment"``."""
    reason: AccessAllowedReason | None = None
    """The statement of the policy that decides."""
