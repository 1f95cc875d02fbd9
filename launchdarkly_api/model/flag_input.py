from launchdarkly_api.model_utils import Model


class FlagInput(Model):
    """Which rule of a flag an iteration runs on."""

    __slots__ = ()

    rule_id: str
    """The id of the targeting rule, or the word ``fallthrough`` for the default rule.

    Example: ``"fallthrough"``.
    """
    flag_config_version: int
    """The version of the flag's configuration in the environment. The call fails when the flag has
    changed since.

    Example: ``12``.
    """
