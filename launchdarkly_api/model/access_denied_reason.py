from typing import Literal

from launchdarkly_api.model_utils import KW_ONLY, Model, field


class AccessDeniedReason(Model):
    """The statement of a policy by which an action is denied. Since 2026."""

    __slots__ = ()

    _: KW_ONLY
    effect: Literal["allow", "deny"] | str | None = None
    """Whether the statement allows or denies. Example: ``"deny"``."""
    resources: list[str] | None = None
    """The resources that the statement names. Example: ``["proj/*:env/*:experiment/*"]``."""
    not_resources: list[str] | None = None
    """The resources that the statement excludes; it applies to all others.

    Example: ``["proj/demo:env/production:experiment/*"]``.
    """
    actions: list[str] | None = None
    """The actions that the statement names. Example: ``["*"]``."""
    not_actions: list[str] | None = None
    """The actions that the statement excludes; it applies to all others.

    Example: ``["deleteExperiment"]``.
    """
    role_name: str | None = field("role_name", default=None)
    """The name of the role with the statement. Example: ``"Writer"``."""
