"""What a program relies on stays, and a break of it is named."""

from __future__ import annotations

import shutil
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
            "api/experiments_beta_api.py",
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
            "api_client.py",
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
