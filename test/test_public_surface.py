"""The names that programs import, and what importing them costs."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import pickle
import re
import shutil
import subprocess
import sys
import typing
from collections.abc import Container, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import launchdarkly_api
from launchdarkly_api import apis, exceptions, models
from launchdarkly_api._call.endpoint import Endpoint
from launchdarkly_api.api import experiments_beta_api
from launchdarkly_api.apis import ExperimentsBetaApi
from test.contract import MODELS

PACKAGE = Path(launchdarkly_api.__file__).parent

#: The parts that each part of the package may import, in functions and for types included. A part
#: is a room (a folder) or a module at the root; each has one row, and imports itself freely.
LAYERS: dict[str, set[str]] = {
    # Helpers and plain data: they know nothing above.
    "version": set(),
    "_support": set(),
    "events": {"_support"},
    "response": {"_support"},
    # Models. They know nothing of clients, configuration or credentials, and no display.
    "_modelling": {"_support"},
    "model_utils": {"_modelling", "_support"},
    "exceptions": {"_support", "model_utils"},
    "model": {"_modelling", "_support", "exceptions", "model_utils"},
    "models": {"_support", "model"},
    "patches": {"_support", "exceptions", "models"},
    # The HTML and the text of models.
    "_display": {"_support", "model", "model_utils"},
    "display": {"_display"},
    # From the wire up to the calls.
    "_transport": {"_support", "events", "exceptions"},
    "retry": {"_support", "_transport", "exceptions"},
    "future": {"_transport", "exceptions"},
    "configuration": {"_support", "_transport", "exceptions", "retry", "version"},
    "rest": {"_support", "_transport", "configuration", "exceptions", "retry"},
    "_call": {"_modelling", "_support", "_transport", "exceptions", "model_utils", "models"},
    "api_client": {
        "_call",
        "_support",
        "_transport",
        "configuration",
        "exceptions",
        "future",
        "model_utils",
        "rest",
        "version",
    },
    "api": {
        "_call",
        "_support",
        "api_client",
        "exceptions",
        "future",
        "models",
        "response",
    },
    "apis": {"_support", "api"},
    "__init__": {
        "_support",
        "api",
        "api_client",
        "apis",
        "configuration",
        "exceptions",
        "future",
        "model_utils",
        "models",
        "rest",
        "version",
    },
    # The parts beside the client.
    "docs": set(),
    "analysis": {"_support", "exceptions", "models"},
    "notebook": {"_display", "_support", "analysis", "model", "model_utils"},
    # The sandbox has its own knowledge of the service, so that it repeats no mistake of the client.
    "sandbox": {"_support", "analysis"},
    "demo": {
        "_support",
        "analysis",
        "api_client",
        "apis",
        "exceptions",
        "model_utils",
        "models",
        "sandbox",
    },
}
#: Single files that may import more than their part.
FOR_FILES = {
    # Reports fetch with the program's own API object, and name its type.
    "notebook/reporting.py": {"api"},
    # A list that comes in pages is read by one loop, whoever reads it.
    "notebook/listing.py": {"_call"},
    # The page of the sandbox is made of the same building blocks as the HTML of notebooks.
    "sandbox/http/page.py": {"_display"},
    # The Python face of the sandbox makes configurations. A test that asks for a client gets one.
    "sandbox/sandbox.py": {"configuration"},
    "sandbox/pytest_plugin.py": {"api", "api_client"},
}
#: The most modules at the root that programs may import. All others are private.
MAX_PUBLIC_MODULES = 14
#: The lines of a file that is no class of API methods.
MAX_LINES = 500


def test_top_level_names() -> None:
    assert launchdarkly_api.__version__ == "1.0.0"
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
    from launchdarkly_api.api.experiments_api import ExperimentsApi
    from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi

    assert apis.ExperimentsApi is ExperimentsApi
    assert apis.ExperimentsBetaApi is ExperimentsBetaApi
    assert apis.__all__ == ["ExperimentsApi", "ExperimentsBetaApi"]


def test_exceptions_are_the_same_everywhere() -> None:
    for name in launchdarkly_api.__all__:
        if name.endswith(("Error", "Exception")):
            assert getattr(launchdarkly_api, name) is getattr(exceptions, name)
    by_status = {400, 401, 403, 404, 405, 409, 422, 429, 500, 503}
    kinds = {exceptions.exception_for_status(status) for status in by_status}
    assert len(kinds) == 9


def run(code: str) -> str:
    """The output of a fresh interpreter, which is not measured: that would load modules."""
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
        "launchdarkly_api._support.absent",
        "launchdarkly_api._support.distribution",
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
    endpoints = [v for v in vars(experiments_beta_api).values() if isinstance(v, Endpoint)]
    names = {
        "iter_experiments",
        "iter_experiments_any_env",
        "submit",
        "with_http_info",
        *(one.name for one in endpoints),
    }
    assert {call.__name__ for call in calls} == names
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


@pytest.mark.parametrize(
    ("file", "statement"),
    [
        ("_support/scalars.py", "def f(): from launchdarkly_api import models"),
        ("events.py", "if TYPE_CHECKING:\n    from launchdarkly_api.rest import RESTClient"),
        ("_modelling/schema.py", "import launchdarkly_api._modelling.model"),
        ("api/base.py", "import launchdarkly_api"),
    ],
)
def test_a_circle_is_found(tmp_path: Path, file: str, statement: str) -> None:
    copy = tmp_path / PACKAGE.name
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    assert circle(copy) == []
    path = copy / file
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{statement}\n", encoding="utf-8")
    assert file.removesuffix(".py").replace("/", ".") in circle(copy)


def test_no_modules_import_one_another_in_a_circle() -> None:
    assert circle(PACKAGE) == []


def circle(package: Path) -> list[str]:
    """The modules of one circle of imports, in functions and for types included, if any."""
    files = {
        ".".join(path.relative_to(package).with_suffix("").parts): path
        for path in package.rglob("*.py")
    }
    modules = {name.removesuffix(".__init__"): path for name, path in files.items()}
    graph = {
        module: {_module(name, modules) for name in _imported(package, path)} - {module}
        for module, path in modules.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def _module(name: str, modules: Container[str]) -> str:
    """The module of a name of the package, which may be a module itself."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name or "__init__"


def test_the_root_shows_what_may_be_imported() -> None:
    public = [part for part in LAYERS if not part.startswith("_") and is_module(part)]
    assert len(public) < MAX_PUBLIC_MODULES
    private = {part.name for part in PACKAGE.glob("_*") if part.is_dir()} - {"__pycache__"}
    assert private == {"_call", "_display", "_modelling", "_support", "_transport"}


def is_module(part: str) -> bool:
    """Whether a part of the package is one file at the root."""
    return (PACKAGE / f"{part}.py").is_file()


def test_the_guide_lists_all_that_is_public() -> None:
    guide = PACKAGE.parent / "docs" / "guides" / "what-is-public.md"
    listed = re.findall(r"^\| `([\w.]+)` \|", guide.read_text(encoding="utf-8"), re.MULTILINE)
    parts = [part for part in LAYERS if not part.startswith("_")]
    assert sorted(listed) == sorted([PACKAGE.name, *(f"{PACKAGE.name}.{part}" for part in parts)])


def test_no_file_is_too_long_to_read() -> None:
    lines = {
        path.relative_to(PACKAGE).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in PACKAGE.rglob("*.py")
        if path.parent.name != "api"
    }
    assert {file: count for file, count in lines.items() if count > MAX_LINES} == {}


def test_every_direction_of_the_table_is_used() -> None:
    used: dict[str, set[str]] = {part: set() for part in LAYERS}
    for path in PACKAGE.rglob("*.py"):
        part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        used[part] |= {_part(name) for name in _imported(PACKAGE, path)}
    unused = {part: row - used[part] for part, row in LAYERS.items()}
    assert {part: row for part, row in unused.items() if row} == {}


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
    if first in LAYERS:
        return first
    home: str = getattr(launchdarkly_api, first).__module__
    return home.split(".")[1]


def _imported(package: Path, path: Path) -> Iterator[str]:
    """The names that a module imports from the package, also in functions and for types alone."""
    here = [package.name, *path.relative_to(package).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = here[: len(here) + 1 - node.level] if node.level else []
            origin = ".".join([*above, *filter(None, [node.module])])
            names = [f"{origin}.{alias.name}" for alias in node.names]
        for name in names:
            root, _, inner = name.partition(".")
            if root == package.name:
                yield inner or "__init__"


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
