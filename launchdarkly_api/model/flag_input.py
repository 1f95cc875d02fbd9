from launchdarkly_api.model_utils import KW_ONLY, Model


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
    _: KW_ONLY
    not_in_experiment_variation_id: str | None = None
    """The id of the variation for traffic that is not part of the experiment; by default, the
    variation of the baseline. Since 2024.

    Example: ``"0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e01"``.
    """
