"""Names that are imported on first use: the names of a package (PEP 562), and registered parts."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from launchdarkly_api._support.absent import error_for_name


def lazy_names(
    package: str, modules: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Create the ``__getattr__`` and ``__dir__`` of a package with lazily imported names.

    Args:
        package: The name of the package.
        modules: The module of each name. If the module's name ends with the name itself, the name
            refers to the module. If it is followed by a colon and another name, the name is an
            alias of that one.

    Returns:
        The two functions.
    """

    def __getattr__(name: str) -> Any:
        if name not in modules:
            raise error_for_name(package, name, sys._getframe(1))
        path, _, target = modules[name].partition(":")
        module = importlib.import_module(path)
        value = module if path.endswith(f".{name}") else getattr(module, target or name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:
        return sorted({*sys.modules[package].__all__, *modules})

    return __getattr__, __dir__


def module_name(class_name: str) -> str:
    """Return the name of a class's module: ``metric_v2_rep`` for ``MetricV2Rep``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", class_name).lower()


_PROVIDED: dict[str, tuple[str, str]] = {}


def provide(part: str, module: str, name: str) -> None:
    """Register an object that lower layers use as a part, without importing it.

    The root module of the package calls this, so that a part is always registered.

    Args:
        part: The name by which the lower layer looks up the part.
        module: The module of the object, which is imported when the part is first used.
        name: The name of the object in that module.
    """
    _PROVIDED[part] = module, name


def provided(part: str) -> Any:
    """Return the object that is registered as a part."""
    module, name = _PROVIDED[part]
    return getattr(importlib.import_module(module), name)


class LateType:
    """A generic type whose module is imported when an annotation with it is evaluated."""

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name

    def __getitem__(self, item: Any) -> Any:
        return getattr(importlib.import_module(self._module), self._name)[item]
