"""Names that are loaded when they are first used."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from launchdarkly_api._support.lazy import module_name
from test.contract import MODELS

INIT = """
from launchdarkly_api._support.lazy import lazy_names
__all__ = ["Thing"]
__getattr__, __dir__ = lazy_names(
    __name__,
    {"Thing": "lazy_example.things", "things": "lazy_example.things", "Gone": "lazy_example.gone",
     "broken": "lazy_example.broken", "Missing": "lazy_example.things"},
)
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package with lazy names."""
    folder = tmp_path / "lazy_example"
    folder.mkdir()
    (folder / "__init__.py").write_text(INIT)
    (folder / "things.py").write_text("class Thing: pass\n")
    (folder / "broken.py").write_text("{}['a key that is not there']\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield "lazy_example"
    for name in [name for name in sys.modules if name.partition(".")[0] == "lazy_example"]:
        del sys.modules[name]


def test_a_lazy_name_is_loaded_once_and_when_it_is_used(package: str) -> None:
    module = importlib.import_module(package)
    assert f"{package}.things" not in sys.modules
    thing = module.Thing
    assert thing is sys.modules[f"{package}.things"].Thing
    assert vars(module)["Thing"] is thing
    assert module.things is sys.modules[f"{package}.things"]


def test_dir_lists_the_public_names_of_a_lazy_package(package: str) -> None:
    module = importlib.import_module(package)
    assert dir(module) == ["Gone", "Missing", "Thing", "broken", "things"]


def test_a_lazy_package_raises_the_errors_of_python(package: str) -> None:
    module = importlib.import_module(package)
    with pytest.raises(AttributeError, match="module 'lazy_example' has no attribute 'Nothing'"):
        _ = module.Nothing
    with pytest.raises(ModuleNotFoundError, match=r"lazy_example\.gone"):
        _ = module.Gone
    with pytest.raises(KeyError, match="a key that is not there"):
        _ = module.broken
    with pytest.raises(AttributeError, match="Missing"):
        _ = module.Missing


def test_modules_are_named_after_their_class() -> None:
    assert {name: module_name(name) for name in MODELS} == {
        name: model["module"] for name, model in MODELS.items()
    }
