from typing import Literal

from launchdarkly_api.model_utils import Model


class RandomizationUnitInput(Model):
    """A context kind by which experiments in a project may be randomized."""

    __slots__ = ()

    randomization_unit: str
    """The key of the context kind. It must exist. Example: ``"user"``."""
    default: bool
    """Whether new experiments take this unit. One unit of a project does. Example: ``True``."""
    standard_randomization_unit: Literal[
        "guest", "guestTime", "organization", "request", "user", "userTime"
    ]
    """The standard unit that this one stands for. Example: ``"user"``."""
