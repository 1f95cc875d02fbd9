"""Without the extra, an error says which package to install, and models still have HTML."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import launchdarkly_api
from launchdarkly_api import notebook

PACKAGE = Path(launchdarkly_api.__file__).parent


def without(package: str, code: str) -> subprocess.CompletedProcess[str]:
    """Run code in an interpreter that cannot import a package."""
    block = f"import sys; sys.modules[{package!r}] = None\n"
    return subprocess.run([sys.executable, "-c", block + code], capture_output=True, text=True)


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("pandas", "results_frame"),
        ("pandas", "report"),
        ("numpy", "experiments_frame"),
        ("matplotlib", "plot_results"),
        ("matplotlib", "plot_legacy"),
        ("matplotlib", "ExperimentReport"),
        ("tqdm", "reports"),
    ],
)
def test_a_missing_dependency_is_named_with_the_command_that_installs_it(
    package: str, name: str
) -> None:
    done = without(package, f"from launchdarkly_api.notebook import {name}")
    last = done.stderr.strip().splitlines()[-1]
    assert last == (
        f"ImportError: launchdarkly_api.notebook needs {package}, which is not installed. "
        'Install it with: pip install "launchdarkly-experiments[notebook]"'
    )
    assert done.stderr.count("Traceback") == 1


def test_frames_need_no_matplotlib() -> None:
    code = "from launchdarkly_api.notebook import results_frame, experiments_frame"
    done = without("matplotlib", code)
    assert done.returncode == 0, done.stderr


def test_models_have_html_without_the_extra() -> None:
    code = (
        "sys.modules.update({'pandas': None, 'matplotlib': None, 'numpy': None})\n"
        "from launchdarkly_api.models import MetricSeen\n"
        "print(MetricSeen(ever=True)._repr_html_())"
    )
    done = without("tqdm", code)
    assert "MetricSeen" in done.stdout, done.stderr


def test_a_missing_submodule_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> None:
        raise ModuleNotFoundError(name="matplotlib.dates")

    monkeypatch.setattr(notebook, "_load", load)
    monkeypatch.delitem(vars(notebook), "plot_legacy", raising=False)
    with pytest.raises(ImportError, match="needs matplotlib, which is not installed"):
        _ = getattr(notebook, "plot_" + "legacy")


def test_another_missing_module_raises_its_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "launchdarkly_api.notebook.findings", None)
    monkeypatch.delitem(vars(notebook), "Finding", raising=False)
    with pytest.raises(ModuleNotFoundError, match=r"launchdarkly_api\.notebook\.findings"):
        _ = notebook.Finding


def test_without_matplotlib_the_other_names_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "launchdarkly_api.notebook.plots", None)
    assert "results_frame" in dir(notebook)
    assert "plot_results" not in notebook.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'plot_everything'"):
        _ = getattr(notebook, "plot_" + "everything")


def test_every_public_name_is_there_and_documented() -> None:
    for name in notebook.__all__:
        assert getattr(notebook, name).__doc__, name
        assert name in dir(notebook)


def test_the_notebook_knows_models_and_no_client() -> None:
    allowed = (
        "launchdarkly_api.analysis",
        "launchdarkly_api.model",
        "launchdarkly_api.notebook",
        "launchdarkly_api._display",
        "launchdarkly_api._support",
        "launchdarkly_api._call.paging",
    )
    for path in [*PACKAGE.glob("notebook/*.py"), *PACKAGE.glob("_display/*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        typing_only = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and id(node) not in typing_only:
                for alias in node.names:
                    name = f"{node.module}.{alias.name}"
                    ours = name.startswith("launchdarkly_api")
                    own = name.startswith(allowed)
                    assert own or not ours, f"{path.name} imports {name}"


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, launchdarkly_api.notebook\n"
        "assert not {'pandas', 'matplotlib', 'numpy', 'tqdm'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
