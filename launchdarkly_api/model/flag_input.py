from launchdarkly_api.model_utils import Model


class FlagInput(Model):
    """The rule of a flag on which an iteration runs."""

    __slots__ = ()

    rule_id: str
    """The id of the targeting rule, or ``fallthrough`` for the default rule.

    Example: ``"fallthrough"``.
    """
    flag_config_version: int
    """The version of the flag's configuration in the environment. The call fails if the flag has
    changed since this version.

    Example: ``12``.
    """
