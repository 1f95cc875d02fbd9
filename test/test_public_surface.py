"""The names that programs import, and what importing them costs."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import pickle
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest

import launchdarkly_api
from launchdarkly_api import apis, exceptions, models
from launchdarkly_api.apis import ExperimentsBetaApi
from test.contract import MODELS

PACKAGE = Path(launchdarkly_api.__file__).parent

#: Which part of the package may import which others, as the design has it. A part has one row.
LAYERS: dict[str, set[str]] = {
    "__init__": {"support", "version"},
    "_call": {"call", "exceptions", "model_utils", "modelling", "models", "support", "transport"},
    "_display": {"display", "model", "model_utils"},
    "_modelling": {"exceptions", "modelling", "support"},
    "_support": {"support"},
    "_transport": {"call", "events", "exceptions", "support", "transport"},
    "api": {"api_client", "call", "exceptions", "models", "response", "support"},
    "api_client": {
        "call",
        "configuration",
        "exceptions",
        "future",
        "model_utils",
        "rest",
        "support",
        "transport",
        "version",
    },
    "apis": {"support"},
    "configuration": {"exceptions", "support", "transport", "version"},
    "demo": {"api_client", "apis", "exceptions", "models", "sandbox"},
    "display": set(),
    "events": set(),
    "exceptions": {"support"},
    "future": {"exceptions", "transport"},
    "model": {"exceptions", "model_utils", "modelling"},
    "model_utils": {"exceptions", "modelling", "support"},
    "models": {"support"},
    "notebook": {"call", "display", "model", "model_utils", "support"},
    "response": set(),
    "rest": {"exceptions", "retry", "support", "transport"},
    "retry": {"support", "transport"},
    "sandbox": {"configuration", "exceptions", "model", "model_utils"},
    "version": set(),
}
#: A test that asks for the plugin gets a client.
FOR_FILES = {"sandbox/pytest_plugin.py": {"api", "api_client"}}


def test_top_level_names() -> None:
    assert launchdarkly_api.__version__ == "13.2.0"
    for name in launchdarkly_api.__all__:
        assert getattr(launchdarkly_api, name) is not None
        assert name in dir(launchdarkly_api)
    assert set(launchdarkly_api.__all__) >= {
        "ApiClient",
        "Configuration",
        "ExperimentsBetaApi",
        "ApiException",
        "OpenApiException",
        "ApiTypeError",
        "ApiValueError",
        "ApiKeyError",
        "ApiAttributeError",
        "__version__",
    }
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = importlib.import_module("launchdarkly_api").Nothing


@pytest.mark.parametrize(
    "program",
    [
        "from launchdarkly_api import ExperimentsBetaApi",
        "import launchdarkly_api; ExperimentsBetaApi = launchdarkly_api.ExperimentsBetaApi",
        "from launchdarkly_api import *",
        "from launchdarkly_api.apis import ExperimentsBetaApi",
        "from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi",
    ],
)
def test_the_api_class_is_found_at_the_top_and_loaded_when_it_is_used(program: str) -> None:
    checks = (
        "import sys, launchdarkly_api; module = 'launchdarkly_api.api.experiments_beta_api';"
        f"assert module not in sys.modules; {program};"
        "print(ExperimentsBetaApi is sys.modules[module].ExperimentsBetaApi)"
    )
    done = subprocess.run([sys.executable, "-c", checks], capture_output=True, text=True)
    assert done.stdout == "True\n", done.stderr


def test_every_model_has_its_module_and_its_place_in_models() -> None:
    assert set(models.__all__) >= set(MODELS)
    for name, model in MODELS.items():
        module = importlib.import_module(f"launchdarkly_api.model.{model['module']}")
        assert getattr(module, name) is getattr(models, name)
    assert set(dir(models)) >= set(MODELS)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = importlib.import_module("launchdarkly_api.models").Nothing


def test_api_class_is_found_in_both_places() -> None:
    from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi

    assert apis.ExperimentsBetaApi is ExperimentsBetaApi
    assert apis.__all__ == ["ExperimentsBetaApi"]


def test_exceptions_are_the_same_everywhere() -> None:
    for name in launchdarkly_api.__all__:
        if name.endswith(("Error", "Exception")):
            assert getattr(launchdarkly_api, name) is getattr(exceptions, name)
    by_status = {400, 401, 403, 404, 405, 409, 422, 429, 500, 503}
    kinds = {exceptions.exception_for_status(status) for status in by_status}
    assert len(kinds) == 9


def run(code: str) -> str:
    """What a fresh interpreter prints, which is not measured: that would load modules."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    ).stdout


def test_importing_the_package_loads_almost_nothing() -> None:
    loaded = run(
        "import sys; before = set(sys.modules); import launchdarkly_api\n"
        "print(*sorted(m for m in set(sys.modules) - before if m.startswith('launchdarkly')))"
    )
    assert loaded.split() == [
        "launchdarkly_api",
        "launchdarkly_api._support",
        "launchdarkly_api._support.lazy",
        "launchdarkly_api.version",
    ]


def test_importing_the_api_class_loads_no_model_and_nothing_heavy() -> None:
    # Beside what urllib3 loads.
    loaded = run(
        "import sys, urllib3; before = set(sys.modules)\n"
        "import launchdarkly_api.api.experiments_beta_api\n"
        "print(*sorted(set(sys.modules) - before))"
    ).split()
    assert "launchdarkly_api.rest" in loaded
    for heavy in ("model_utils", "model", "sandbox", "notebook", "future"):
        assert f"launchdarkly_api.{heavy}" not in loaded
    for heavy in (
        "dateutil",
        "asyncio",
        "concurrent.futures",
        "multiprocessing",
        "pandas",
        "dataclasses",
        "inspect",
    ):
        assert heavy not in loaded


def test_annotations_of_calls_resolve_at_run_time() -> None:
    calls = [
        call
        for name, call in inspect.getmembers(ExperimentsBetaApi, inspect.isfunction)
        if not name.startswith("_")
    ]
    assert len(calls) == 13
    for call in calls:
        hints = typing.get_type_hints(call)
        assert hints.keys() >= {*inspect.signature(call, eval_str=True).parameters} - {"self"}
    hints = typing.get_type_hints(ExperimentsBetaApi.get_experiment)
    assert hints["return"] is models.Experiment
    assert "previousIterations" in repr(hints["expand"])
    listed = typing.get_type_hints(ExperimentsBetaApi.iter_experiments)["return"]
    assert typing.get_args(listed) == (models.Experiment,)


def test_submodules_are_attributes_once_asked_for() -> None:
    assert run("import launchdarkly_api; print(launchdarkly_api.models.Link)").startswith("<class")
    assert run("import launchdarkly_api; print(launchdarkly_api.exceptions.ApiException)")
    assert run("import launchdarkly_api; print(launchdarkly_api.model_utils.Model)")
    assert run("import launchdarkly_api; print(launchdarkly_api.rest.RESTClient)")


def test_every_module_imports_by_itself() -> None:
    names = sorted(
        f"launchdarkly_api.{path.relative_to(PACKAGE).with_suffix('').as_posix().replace('/', '.')}"
        for path in PACKAGE.glob("*.py")
        if path.stem not in ("__init__", "demo")
    )
    code = (
        "import importlib, sys\n"
        "for name in {!r}:\n"
        "    importlib.import_module(name)\n"
        "    for loaded in list(sys.modules):\n"
        "        if loaded.startswith('launchdarkly_api'):\n"
        "            del sys.modules[loaded]"
    )
    run(code.format(names))


def test_imports_point_in_one_direction() -> None:
    assert forbidden_imports(PACKAGE) == []


@pytest.mark.parametrize(
    ("file", "statement"),
    [
        ("retry.py", "import launchdarkly_api.api_client"),
        ("retry.py", "import launchdarkly_api.model.link as link"),
        ("retry.py", "from launchdarkly_api.api import base"),
        ("retry.py", "from launchdarkly_api import ApiClient"),
        ("retry.py", "from . import models"),
        ("retry.py", "from .api_client import ApiClient"),
        ("model/link.py", "from ..configuration import Configuration"),
        ("model/link.py", "from .. import rest"),
        ("_transport/wire.py", "def f(): from ..api import base"),
        ("notebook/frames.py", "from launchdarkly_api import Configuration"),
        ("sandbox/answers.py", "from launchdarkly_api.api_client import ApiClient"),
        ("apis/__init__.py", "import launchdarkly_api.sandbox.log"),
        ("brand_new.py", "import json"),
        ("brand/new.py", "import json"),
    ],
)
def test_an_import_against_the_direction_is_found(
    tmp_path: Path, file: str, statement: str
) -> None:
    copy = tmp_path / PACKAGE.name
    path = copy / file
    path.parent.mkdir(parents=True)
    path.write_text(statement)
    assert [found.partition(" ")[0] for found in forbidden_imports(copy)] == [file]


def forbidden_imports(package: Path) -> list[str]:
    """The modules that import what their part must not, and those of a part without a row."""
    found = []
    for path in sorted(package.rglob("*.py")):
        file = path.relative_to(package)
        part = file.parts[0].removesuffix(".py")
        if part not in LAYERS:
            found.append(f"{file.as_posix()} is of no part")
            continue
        allowed = LAYERS[part] | FOR_FILES.get(file.as_posix(), set()) | {part}
        beyond = {_part(name) for name in _imported(package, path)} - allowed
        if beyond:
            found.append(f"{file.as_posix()} imports {', '.join(sorted(beyond))}")
    return found


def _part(name: str) -> str:
    """The part that a name of the package is, or comes from."""
    first = name.split(".")[0]
    if first in LAYERS or first.startswith("__"):
        return first.strip("_")
    home: str = getattr(launchdarkly_api, first).__module__
    return home.split(".")[1]


def _imported(package: Path, path: Path) -> Iterator[str]:
    """The names that a module imports from the package when it runs, without the package's own."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(node)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and ast.unparse(branch.test) == "TYPE_CHECKING"
        for child in branch.body
        for node in ast.walk(child)
    }
    here = [package.name, *path.relative_to(package).parts[:-1]]
    for node in ast.walk(tree):
        names: list[str] = []
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = here[: len(here) + 1 - node.level] if node.level else []
            origin = ".".join([*above, *filter(None, [node.module])])
            names = [f"{origin}.{alias.name}" for alias in node.names]
        for name in names:
            root, _, inner = name.partition(".")
            if root == package.name and inner:
                yield inner


def test_run_time_needs_two_packages() -> None:
    tomllib = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]
    assert project["dependencies"] == ["urllib3>=2", "python-dateutil>=2.8.2"]
    lines = (PACKAGE.parent / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == project["dependencies"]
    extras = project["optional-dependencies"]
    assert {"sandbox", "notebook", "test"} <= set(extras)
    bounds = [need.partition(";")[0] for needs in extras.values() for need in needs]
    assert not [bound for bound in bounds if "<" in bound or "==" in bound]


def test_types_ship() -> None:
    assert (PACKAGE / "py.typed").is_file()


def test_models_pickle_without_credentials() -> None:
    link = models.Link(href="/x")
    assert pickle.loads(pickle.dumps(link)) == link
    assert len(pickle.dumps(link)) < 200
