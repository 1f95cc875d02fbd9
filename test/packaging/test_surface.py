"""The surface that programs rely on stays, and a break of it is named."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from test.packaging.surface import PACKAGE, PUBLIC, RELEASED, SOURCE, breaks, surface


@pytest.fixture(scope="module")
def present() -> str:
    """The surface of the package as it is."""
    return surface()


def test_nothing_of_the_last_release_is_broken(present: str) -> None:
    assert breaks(RELEASED.read_text(encoding="utf-8"), present) == []


def test_every_public_module_exists() -> None:
    for name in PUBLIC:
        path = SOURCE / name.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__init__.py").is_file(), name


def test_programs_are_told_to_import_what_is_public() -> None:
    told = list(imports_told())
    assert len(told) > 70
    for page, module, name in told:
        where = f"{page.name}: from {module} import {name}"
        if f"{module}.{name}" in PUBLIC or module.startswith(f"{PACKAGE}.model."):
            continue
        assert module in PUBLIC, where
        assert not PUBLIC[module] or name in PUBLIC[module], where


def imports_told() -> Iterator[tuple[Path, str, str]]:
    """What the README, the guides and the examples import from the package: page, module, name."""
    for path in (SOURCE / "README.md", *(SOURCE / "docs").rglob("*")):
        if path.suffix not in (".md", ".py", ".ipynb") or path.parent == SOURCE / "docs":
            continue
        for module, names in re.findall(
            rf"from ({PACKAGE}[\w.]*) import (\([^)]*\)|[\w, ]+)", path.read_text(encoding="utf-8")
        ):
            for name in re.findall(r"(?<!\\)\b\w+", names):
                yield path, module, name


@pytest.mark.parametrize(
    ("module", "old", "new", "named"),
    [
        (
            "api/base.py",
            "def submit(",
            "def start(",
            "launchdarkly_api.api.base.BaseApi.submit: public object was removed",
        ),
        (
            "api/experiments_api.py",
            "page_size: int = 20",
            "page_size: int",
            "ExperimentsBetaApi.iter_experiments: parameter is now required (page_size",
        ),
        (
            "api_client.py",
            "pool_threads: int = 1",
            "threads: int = 1",
            "ApiClient.__init__: parameter was removed (pool_threads -> none)",
        ),
        (
            "_call/options.py",
            "_host_index: int | None",
            "_server: int | None",
            "CallOptions.__call__: parameter was removed (_host_index -> none)",
        ),
        (
            "model/flag_input.py",
            "    rule_id: str\n",
            "    more: str\n    rule_id: str\n",
            "FlagInput.__init__: parameter was added as required (none -> more)",
        ),
        (
            "model/experiment.py",
            "    description: str | None = None\n",
            "    description: str\n",
            "Experiment.__init__: parameter is now required",
        ),
        (
            "model/experiment.py",
            "archived_date: EpochMilliseconds | None",
            "archived_at: EpochMilliseconds | None",
            "Experiment.archived_date: public object was removed",
        ),
        (
            "configuration.py",
            "    def from_env(",
            "    def from_environment(",
            "Configuration.from_env: public object was removed",
        ),
        (
            "_transport/request.py",
            "class Request:",
            "class Requested:",
            "rest.Request: public object was removed",
        ),
        (
            "demo.py",
            "def new_experiment(key",
            "def new_experiment(name",
            "demo.new_experiment: parameter was removed (key",
        ),
        (
            "exceptions.py",
            "class RateLimitedException(",
            "class TooManyRequestsException(",
            "exceptions.RateLimitedException: public object was removed",
        ),
    ],
)
def test_a_break_is_named(
    tmp_path: Path, present: str, module: str, old: str, new: str, named: str
) -> None:
    shutil.copytree(SOURCE / PACKAGE, tmp_path / PACKAGE)
    path = tmp_path / PACKAGE / module
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    found = breaks(present, surface(tmp_path))
    assert [line for line in found if named in line], found


def test_what_is_added_breaks_nothing(tmp_path: Path, present: str) -> None:
    shutil.copytree(SOURCE / PACKAGE, tmp_path / PACKAGE)
    path = tmp_path / PACKAGE / "model" / "experiment.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}    holdout_id: str | None = None\n", encoding="utf-8")
    assert "holdout_id" in surface(tmp_path)
    assert breaks(present, surface(tmp_path)) == []
