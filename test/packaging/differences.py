"""The parts of the surface of launchdarkly-api 13.0.0 that this library lacks or changes."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from launchdarkly_api._call.options import checked_options
from launchdarkly_api.apis import ExperimentsBetaApi
from test.packaging.official import FACTS, OBJECTS, PACKAGE, Parameters, parameters

#: The kinds of parameters that stand for any others.
ANY = ("VAR_POSITIONAL", "VAR_KEYWORD")


def differences() -> Iterator[str]:
    """The path of each name, attribute and parameter that is gone or changed.

    A parameter stands in brackets behind its function: ``api_client.ApiClient.call_api(files)``.
    """
    facts: dict[str, Any] = json.loads(FACTS.read_text(encoding="utf-8"))
    for folder, modules in facts["modules"].items():
        yield from (f"{folder}.{name}" for name in modules if not _module(f"{folder}.{name}"))
    for module, names in facts["names"].items():
        for name in names:
            if not hasattr(_module(module), name):
                yield f"{module}.{name}".removeprefix(".")
    for path, found in facts["functions"].items():
        if (function := _found(path)) is not None:
            yield from changed(path, found, parameters(function))
    for path, members in facts["classes"].items():
        if (class_ := _found(path)) is not None:
            yield from _of_class(path, members, class_)
    for path, attributes in facts["attributes"].items():
        made = _found(path)(*OBJECTS[path])
        yield from (f"{path}.{name}" for name in attributes if not hasattr(made, name))
    for call, names in facts["calls"].items():
        yield from _of_call(call, names)
    for name, found in facts["constructors"].items():
        yield from changed(f"models.{name}", found, parameters(_found(f"models.{name}")))


def _module(name: str) -> Any:
    try:
        return importlib.import_module(f"{PACKAGE}.{name}".removesuffix("."))
    except ModuleNotFoundError:
        return None


def _found(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(_module(module), name, None)


def _of_class(path: str, members: dict[str, Parameters | None], class_: type) -> Iterator[str]:
    for name, found in members.items():
        if not hasattr(class_, name):
            yield f"{path}.{name}"
        elif found is not None and not path.startswith("model."):
            ours = parameters(class_ if name == "__init__" else getattr(class_, name))
            yield from changed(path if name == "__init__" else f"{path}.{name}", found, ours)


def _of_call(name: str, given: Iterable[str]) -> Iterator[str]:
    method = getattr(ExperimentsBetaApi, name)
    known = {one[0] for one in parameters(method) or ()} | checked_options(name, {}).keys()
    yield from (f"ExperimentsBetaApi.{name}({one})" for one in given if one not in known)


def changed(path: str, theirs: Parameters | None, ours: Parameters | None) -> Iterator[str]:
    """The parameters that a program may pass there and not here, or with another effect."""
    if theirs is None:
        return
    if ours is None:
        yield path
        return
    places = {one[0]: (place, one) for place, one in enumerate(ours)}
    for place, (name, kind, *default) in enumerate(theirs):
        if kind in ANY:
            continue
        here, (_, our_kind, *our_default) = places.get(name, (-1, (name, "")))
        may_differ = not default and our_default
        if here != place or our_kind != kind or not (may_differ or our_default == default):
            yield f"{path}({name})"
    if any(kind == "VAR_POSITIONAL" for _, kind, *_ in theirs):
        return
    known = {one[0] for one in theirs}
    for name, kind, *default in ours:
        if name not in known and kind not in ANY and not default:
            yield f"{path}({name})"
