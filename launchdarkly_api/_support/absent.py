"""Errors for the names that launchdarkly-api 13.0.0 has and this library lacks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from launchdarkly_api._support.distribution import DISTRIBUTION, OFFICIAL

_ROOT = __name__.partition(".")[0]


def absent_names(module: str) -> Callable[[str], Any]:
    """Create the ``__getattr__`` of a module, for the names that it does not have.

    Args:
        module: The name of the module.

    Returns:
        The function, which always raises.
    """

    def __getattr__(name: str) -> Any:
        raise error_for_name(module, name, sys._getframe(1))

    return __getattr__


def error_for_name(module: str, name: str, caller: FrameType) -> AttributeError | ImportError:
    """Create the error for a name that a module does not have.

    Python replaces an ``AttributeError`` in a ``from`` statement by one of its own, without the
    reason. So the error in such a statement is an ``ImportError`` from the start.

    Args:
        module: The name of the module.
        name: The missing name.
        caller: The frame that asks for the name.
    """
    reason = why_absent(module, name)
    if reason is not None and _in_from_statement(caller):
        return ImportError(f"cannot import name {name!r} from {module!r}: {reason}", name=module)
    message = f"module {module!r} has no attribute {name!r}"
    return AttributeError(message if reason is None else f"{message}: {reason}")


def _in_from_statement(frame: FrameType) -> bool:
    from opcode import opmap

    return frame.f_lasti >= 0 and frame.f_code.co_code[frame.f_lasti] == opmap["IMPORT_FROM"]


def why_absent(module: str, name: str) -> str | None:
    """Return why a name is missing, or None if launchdarkly-api 13.0.0 does not have it either.

    Args:
        module: The name of the module that lacks the name.
        name: The name of a class, a function or a module.
    """
    from launchdarkly_api._support.official_names import is_of_api, is_of_helper

    place = module.removeprefix(_ROOT).removeprefix(".")
    if is_of_api(place, name):
        return (
            f"{DISTRIBUTION} has the Experiments API only, unlike {OFFICIAL} 13.0.0. Make any other"
            " call by its path with ApiClient.call_api, or use another environment with"
            f" {OFFICIAL}"
        )
    if is_of_helper(place, name):
        return (
            f"{DISTRIBUTION} does not have this internal part of {OFFICIAL} 13.0.0. Make calls"
            " that the API class lacks with ApiClient.call_api, or use another environment with"
            f" {OFFICIAL}; the guide for moving from 13.0.0 names what replaces it"
        )
    return None


class AbsentModules:
    """An import hook that says why a module of launchdarkly-api 13.0.0 is not here.

    It is the last one, so Python asks it only for modules that do not exist.
    """

    @staticmethod
    def find_spec(name: str, *more: object) -> None:  # noqa: ARG004
        """Find no module.

        Raises:
            ModuleNotFoundError: The module is one of launchdarkly-api 13.0.0.
        """
        module, _, last = name.rpartition(".")
        if module.partition(".")[0] == _ROOT and (reason := why_absent(module, last)):
            raise ModuleNotFoundError(f"No module named {name!r}: {reason}", name=name)

    @classmethod
    def install(cls) -> None:
        """Add the hook, once for each process."""
        if not any(getattr(hook, "__name__", "") == cls.__name__ for hook in sys.meta_path):
            sys.meta_path.append(cls)
