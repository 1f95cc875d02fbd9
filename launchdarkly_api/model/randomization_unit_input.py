from typing import Literal

from launchdarkly_api.model_utils import Model


class RandomizationUnitInput(Model):
    """A context kind by which experiments in a project may be randomized."""

    __slots__ = ()

    randomization_unit: str
    """The key of the context kind, which must exist. Example: ``"user"``."""
    default: bool
    """Whether new experiments use this unit. Exactly one unit is the default. Example: ``True``."""
    standard_randomization_unit: Literal[
        "guest", "guestTime", "organization", "request", "user", "userTime"
    ]
    """The standard unit that corresponds to this one. Example: ``"user"``."""
