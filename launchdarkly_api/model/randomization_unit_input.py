from typing import Literal

from launchdarkly_api.model_utils import Model


class RandomizationUnitInput(Model):
    """A context kind by which experiments in a project may be randomized."""

    __slots__ = ()

    randomization_unit: str
    """The key of the context kind, which must exist. Example: ``"user"``."""
    default: bool | None = None
    """Whether new experiments use this unit. One unit is the default. Required until 2023.

    Example: ``True``.
    """
    standard_randomization_unit: (
        Literal["guest", "guestTime", "organization", "request", "user", "userTime"] | str | None
    ) = None
    """The standard unit that corresponds to this one. Required until 2023; today, the service
    deprecates it, and accepts any string.

    Example: ``"user"``.
    """
