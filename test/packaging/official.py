"""The surface of launchdarkly-api 13.0.0 as facts, and what of it this library lacks or changes.

``python test/packaging/official.py > test/packaging/official.json``, with an interpreter that has
that distribution, writes the facts. They were written once, and do not change.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE = "launchdarkly_api"
FACTS = Path(__file__).with_suffix(".json")
#: The modules whose names, functions and classes are compared.
MODULES = (
    *("api_client", "configuration", "exceptions", "model_utils", "rest"),
    *("api.experiments_beta_api", "model.experiment", "model.metrics_input"),
)
#: Classes of which an object can be made from these arguments, for its attributes.
OBJECTS: dict[str, tuple[Any, ...]] = {
    "api_client.ApiClient": (),
    "api.experiments_beta_api.ExperimentsBetaApi": (),
    "configuration.Configuration": (),
    **{
        f"exceptions.{name}": ("text",)
        for name in ("ApiAttributeError", "ApiKeyError", "ApiTypeError", "ApiValueError")
    },
    **{
        f"exceptions.{name}": ()
        for name in ("ApiException", "ForbiddenException", "NotFoundException")
    },
}
Parameters = list[list[str]]


def parameters(function: Any) -> Parameters | None:
    """The name, the kind and the default of each parameter, or None if it takes none."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    empty = inspect.Parameter.empty
    return [
        [one.name, one.kind.name, *([] if one.default is empty else [repr(one.default)])]
        for one in found
        if one.name not in ("self", "cls")
    ]


def members(class_: type) -> dict[str, Parameters | None]:
    """The public members of a class and of its bases in the package, with their parameters."""
    found: dict[str, Parameters | None] = {}
    for base in class_.__mro__:
        if base.__module__.startswith(PACKAGE):
            for name, member in vars(base).items():
                if name == "__init__" or name[0] != "_":
                    plain = getattr(member, "__func__", member)
                    found.setdefault(name, parameters(plain))
    return found


def facts() -> dict[str, Any]:
    """The surface of the distribution that this interpreter has."""
    models = importlib.import_module(f"{PACKAGE}.models")
    apis = importlib.import_module(f"{PACKAGE}.apis")
    contract = json.loads(Path(__file__).parents[1].joinpath("contract.json").read_text())
    names = {
        "": public(importlib.import_module(PACKAGE)),
        "apis": public(apis),
        "models": public(models),
    }
    classes: dict[str, Any] = {}
    functions: dict[str, Any] = {}
    for module_name in MODULES:
        module = importlib.import_module(f"{PACKAGE}.{module_name}")
        names[module_name] = public(module)
        for name in names[module_name]:
            member = getattr(module, name)
            if getattr(member, "__module__", None) != module.__name__:
                continue
            if inspect.isclass(member):
                classes[f"{module_name}.{name}"] = members(member)
            else:
                functions[f"{module_name}.{name}"] = parameters(member)
    attributes = {}
    for path, arguments in OBJECTS.items():
        module_name, _, name = path.rpartition(".")
        made = getattr(importlib.import_module(f"{PACKAGE}.{module_name}"), name)(*arguments)
        attributes[path] = [name for name in vars(made) if name[0] != "_"]
    api = apis.ExperimentsBetaApi()
    calls = {
        name.removesuffix("_endpoint"): list(endpoint.openapi_types)
        for name, endpoint in vars(api).items()
        if name.endswith("_endpoint")
    }
    return {
        "modules": {
            folder: sorted(
                path.stem
                for path in Path(
                    importlib.import_module(f"{PACKAGE}.{folder}").__path__[0]
                ).iterdir()
                if path.suffix == ".py" and path.stem != "__init__"
            )
            for folder in ("api", "model")
        },
        "names": names,
        "functions": functions,
        "classes": classes,
        "attributes": attributes,
        "calls": calls,
        "constructors": {
            name: parameters(getattr(models, name).__init__) for name in contract["models"]
        },
    }


def public(module: ModuleType) -> list[str]:
    """The names of a module, without those of other modules."""
    return sorted(
        name
        for name, value in vars(module).items()
        if not name.startswith("__") and not inspect.ismodule(value)
    )


if __name__ == "__main__":
    json.dump(facts(), sys.stdout, separators=(",", ":"))
