from launchdarkly_api.model_utils import KW_ONLY, Model, field


class RandomizationUnitRep(Model):
    """A context kind by which experiments in a project may be randomized."""

    __slots__ = ()

    _: KW_ONLY
    randomization_unit: str | None = None
    """The key of the context kind. Example: ``"user"``."""
    standard_randomization_unit: str | None = None
    """The standard unit that corresponds to this one. Example: ``"user"``."""
    default: bool | None = None
    """Whether new experiments use this unit. Example: ``True``."""
    hidden: bool | None = field("_hidden", default=None)
    """Whether LaunchDarkly's user interface hides this unit. Example: ``False``."""
    display_name: str | None = field("_displayName", default=None)
    """The display name. Example: ``"User"``."""
