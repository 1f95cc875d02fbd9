"""The public surface, and the breaks since the last release.

``python -m test.packaging.surface`` names every break against ``surface.txt``, which holds the
surface of the last release as one stub, and ends with 1 where there is one. ``--update`` writes
that file anew: part of a release, and a change to be read like any other.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import griffe

RELEASED = Path(__file__).with_name("surface.txt")
SOURCE = Path(__file__).parents[2]
PACKAGE = "launchdarkly_api"

#: The modules that programs import from, and what of them, where it is not all. What is not here
#: may change in any release.
PUBLIC: dict[str, tuple[str, ...]] = {
    PACKAGE: (),
    f"{PACKAGE}.analysis": (),
    f"{PACKAGE}.api": (),
    f"{PACKAGE}.api.base": (),
    f"{PACKAGE}.api.experiments_api": (),
    f"{PACKAGE}.api.experiments_beta_api": (
        *("CREATE_EXPERIMENT", "CREATE_ITERATION", "GET_EXPERIMENT", "GET_EXPERIMENTS"),
        *("GET_EXPERIMENTATION_SETTINGS", "GET_EXPERIMENTS_ANY_ENV", "GET_EXPERIMENT_RESULTS"),
        *("GET_LEGACY_EXPERIMENT_RESULTS", "PATCH_EXPERIMENT", "PUT_EXPERIMENTATION_SETTINGS"),
        *("RESET_EXPERIMENT", "ExperimentsBetaApi"),
        *("Expandable", "Filter", "LifecycleState", "Time", "Words"),
    ),
    f"{PACKAGE}.api_client": ("ApiClient", "CallOptions"),
    f"{PACKAGE}.apis": (),
    f"{PACKAGE}.configuration": ("Configuration",),
    f"{PACKAGE}.demo": ("new_experiment", "new_iteration"),
    f"{PACKAGE}.display": (),
    f"{PACKAGE}.events": (),
    f"{PACKAGE}.exceptions": (),
    f"{PACKAGE}.future": ("ApiFuture", "ResultTimeout"),
    f"{PACKAGE}.model": (),
    f"{PACKAGE}.model_utils": (),
    f"{PACKAGE}.models": (),
    f"{PACKAGE}.notebook": (),
    f"{PACKAGE}.patches": (),
    f"{PACKAGE}.response": (),
    f"{PACKAGE}.rest": ("RESTClient", "RESTResponse", "Request"),
    f"{PACKAGE}.retry": ("RetryPolicy",),
    f"{PACKAGE}.sandbox": (),
    f"{PACKAGE}.sandbox.pytest_plugin": (),
}

#: The modules whose classes share their members with public subclasses.
SHARING = (f"{PACKAGE}.sandbox.", f"{PACKAGE}.api.experiments_api")
#: The attribute of a model that lists its positional parameters.
POSITIONAL = "_positional"
#: Names that Python asks for, and no program. Whether they are there, and how, may change.
MACHINERY = {
    "__all__",
    "__dir__",
    "__doc__",
    "__getattr__",
    "__getnewargs__",
    "__getstate__",
    "__init_subclass__",
    "__module__",
    "__reduce__",
    "__setstate__",
    "__signature__",
    "__slots__",
}


def surface(source: Path = SOURCE) -> str:
    """The public surface of the package in a folder, as a stub in which modules are classes."""
    package = griffe.load(
        PACKAGE, search_paths=[source], try_relative_path=False, resolve_aliases=True
    )
    assert isinstance(package, griffe.Module)
    return "".join(f"{line}\n" for line in _module(package))


def breaks(old: str, new: str) -> list[str]:
    """The breaks that a program written for the old surface meets in the new one."""
    before, after = (
        griffe.visit("surface", filepath=Path("surface.pyi"), code=text) for text in (old, new)
    )
    return [
        f"{breakage.obj.path.removeprefix('surface.')}: {breakage.kind.value.lower()}"
        f" ({_shown(breakage.old_value)} -> {_shown(breakage.new_value)})"
        for breakage in griffe.find_breaking_changes(before, after)
    ]


def _shown(value: object) -> str:
    """A value of a breakage, in short; what is gone, or was not there, is ``none``."""
    if isinstance(value, griffe.Parameter):
        return value.name
    return str(value).lower() if value is None else str(value)


def _module(module: griffe.Module) -> Iterator[str]:
    yield f"class {module.name}:"
    yield "    ..."
    promised = PUBLIC.get(module.path, ())
    for name, member in sorted(module.members.items()):
        if isinstance(member, griffe.Module):
            if member.path in PUBLIC or module.path == f"{PACKAGE}.model":
                yield from _indented(_module(member))
        elif name in promised if promised else member.is_public and name not in MACHINERY:
            yield from _indented(_member(name, member))


def _member(name: str, member: griffe.Object | griffe.Alias) -> Iterator[str]:
    if isinstance(member, griffe.Alias):
        try:
            home, target = _public_home(member), member.final_target
        except griffe.AliasResolutionError:
            return  # The name stands for nothing, so it is not there.
        if home is not None:
            yield f"{name}: {home}"
        else:
            yield from _member(name, target)
    elif isinstance(member, griffe.Class):
        yield from _class(name, member)
    elif isinstance(member, griffe.Function):
        yield from _function(member)
    elif isinstance(member, griffe.Attribute) and not _is_type_variable(member):
        yield f"{name}: {_type(member)}"


def _public_home(alias: griffe.Alias) -> str | None:
    """The public name that an alias stands for, or None if it stands for a private one."""
    target: griffe.Object | griffe.Alias = alias.target
    module = target.path.rpartition(".")[0]
    if module in PUBLIC or module.startswith(f"{PACKAGE}.model."):
        return target.path
    return _public_home(target) if isinstance(target, griffe.Alias) else None


def _is_type_variable(attribute: griffe.Attribute) -> bool:
    return str(attribute.value).startswith(("TypeVar(", "ParamSpec("))


def _type(attribute: griffe.Attribute) -> str:
    """The type of an attribute, or the type that it stands for where it is an alias of one."""
    if attribute.annotation is not None and str(attribute.annotation) != "TypeAlias":
        return str(attribute.annotation)
    is_alias = attribute.annotation is not None or isinstance(attribute.value, griffe.ExprSubscript)
    return str(attribute.value) if is_alias else "object"


def _class(name: str, class_: griffe.Class) -> Iterator[str]:
    bases = [str(base) for base in class_.bases]
    yield f"class {name}({', '.join(bases)}):"
    yield "    ..."
    if "TypedDict" in bases:
        # Its keys are options of calls, whatever their names.
        yield f"    def __call__({', '.join(['*', *_keys(class_)])}): ..."
        return
    if "Model" in bases and ("__init__" not in class_.members or POSITIONAL in class_.members):
        yield f"    def __init__({', '.join(_constructor(class_))}): ..."
    for member_name, member in _members(class_).items():
        if member_name == "__new__" and isinstance(member, griffe.Function):
            # What a program calls is the class, whichever of the two makes it.
            parameters = ["self", *_parameters(member)]
            del parameters[1]
            yield f"    def __init__({', '.join(parameters)}) -> None: ..."
        elif member.is_public and member_name not in MACHINERY:
            yield from _indented(_member(member_name, member))


def _members(class_: griffe.Class) -> dict[str, griffe.Object | griffe.Alias]:
    """The members of a class, with those of a base that shares its members."""
    members: dict[str, griffe.Object | griffe.Alias] = {}
    for base in class_.resolved_bases:
        if isinstance(base, griffe.Class) and base.module.path.startswith(SHARING):
            members |= _members(base)
    return members | class_.members


def _keys(class_: griffe.Class) -> Iterator[str]:
    for name, member in class_.members.items():
        if isinstance(member, griffe.Attribute):
            yield f"{name}: {member.annotation} = ..."


def _constructor(class_: griffe.Class) -> Iterator[str]:
    """The parameters that a model's declaration stands for.

    The fields in ``_positional``, if there is one, have no defaults here: Python cannot write a
    parameter with a default before one without.
    """
    yield "self"
    positional: tuple[str, ...] = ()
    if isinstance(order := class_.members.get(POSITIONAL), griffe.Attribute):
        positional = ast.literal_eval(str(order.value))
        yield from (*positional, "*")
    for name, member in class_.members.items():
        if name == "_" and not positional:
            yield "*"
        elif name[0] == "_" or name in positional or not isinstance(member, griffe.Attribute):
            continue
        elif member.annotation:
            value = str(member.value or "")
            optional = value == "None" or "default=" in value
            yield f"{name}=None" if optional else name


def _function(function: griffe.Function) -> Iterator[str]:
    for decorator in function.decorators:
        if str(decorator.value) in ("classmethod", "staticmethod", "property", "overload"):
            yield f"@{decorator.value}"
    yield f"def {function.name}({', '.join(_parameters(function))}) -> {function.returns}: ..."


def _parameters(function: griffe.Function) -> Iterator[str]:
    kinds = griffe.ParameterKind
    kind: griffe.ParameterKind | None = None
    for parameter in function.parameters:
        if kind is kinds.positional_only and parameter.kind is not kind:
            yield "/"
        if parameter.kind is kinds.keyword_only and kind not in (
            kinds.keyword_only,
            kinds.var_positional,
        ):
            yield "*"
        kind = parameter.kind
        stars = {kinds.var_positional: "*", kinds.var_keyword: "**"}.get(kind, "") if kind else ""
        annotation = f": {parameter.annotation}" if parameter.annotation else ""
        default = "" if stars or parameter.default is None else f" = {parameter.default}"
        yield f"{stars}{parameter.name}{annotation}{default}"


def _indented(lines: Iterator[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


def main(words: list[str]) -> int:
    """Compare, or write with ``--update``."""
    if words == ["--update"]:
        RELEASED.write_text(surface(), encoding="utf-8")
        return 0
    found = breaks(RELEASED.read_text(encoding="utf-8"), surface())
    print("\n".join(found) or "No break of the last release's surface.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
