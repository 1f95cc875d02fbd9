"""The guide for programs of 13.0.0 has a row for each difference of the surface, and no other."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from test.packaging.differences import changed, differences
from test.packaging.official import PACKAGE, parameters
from test.packaging.surface import SOURCE

GUIDE = SOURCE / "docs" / "guides" / "migrating-from-13.0.0.md"
FIRST, LAST = "## Names that are not here", "### Names with another behaviour"
NAME = re.compile(r"`([^`]+)`")
#: A name of the package, by its module.
OURS = re.compile(r"(?:api|api_client|configuration|exceptions|model_utils|models|rest)(?:\.\w+)+")


class Row(NamedTuple):
    """The patterns in the first cell of a row, and the names of this library in the second."""

    patterns: list[str]
    here: list[str]


def rows() -> Iterator[Row]:
    """The rows of the tables of names."""
    section = GUIDE.read_text(encoding="utf-8").partition(FIRST)[2].partition(LAST)[0]
    for line in section.splitlines():
        if line.startswith("| `"):
            there, here = line.strip("| ").split(" | ")
            yield Row(NAME.findall(there), [n for n in NAME.findall(here) if OURS.fullmatch(n)])


def matching(pattern: str, found: set[str]) -> set[str]:
    """The differences that a pattern stands for. A star stands for a part of one name."""
    expression = re.compile(r"\w*".join(re.escape(part) for part in pattern.split("*")))
    return {path for path in found if expression.fullmatch(path)}


@pytest.fixture(scope="module")
def found() -> set[str]:
    """The differences."""
    return set(differences())


def test_every_difference_has_a_row(found: set[str]) -> None:
    assert len(found) > 800
    told = {path for row in rows() for pattern in row.patterns for path in matching(pattern, found)}
    assert sorted(found - told) == []


def test_every_row_is_about_a_difference(found: set[str]) -> None:
    patterns = [pattern for row in rows() for pattern in row.patterns]
    assert len(patterns) > 50
    assert [pattern for pattern in patterns if not matching(pattern, found)] == []


def test_what_a_row_names_for_it_exists() -> None:
    named = [name for row in rows() for name in row.here]
    assert len(named) > 10
    for name in named:
        module, _, rest = name.partition(".")
        value = importlib.import_module(f"{PACKAGE}.{module}")
        for part in rest.split("."):
            if not hasattr(value, part):
                value = importlib.import_module(f"{value.__name__}.{part}")
            else:
                value = getattr(value, part)


def a_function(first: int, second: int = 2, *, third: int = 3) -> None:
    """A function to compare with."""


def test_a_changed_parameter_is_found() -> None:
    same = parameters(a_function)
    assert same is not None
    assert list(changed("f", same, same)) == []

    def fewer(first: int) -> None: ...
    def swapped(second: int = 2, first: int = 1, *, third: int = 3) -> None: ...
    def another(first: int, second: int = 5, *, third: int = 3) -> None: ...
    def required(first: int, second: int, *, third: int = 3) -> None: ...
    def more(first: int, second: int = 2, *, third: int = 3, fourth: int) -> None: ...
    def kept(first: int = 0, second: int = 2, *, third: int = 3, fourth: int = 4) -> None: ...

    expected = {
        fewer: ["f(second)", "f(third)"],
        swapped: ["f(first)", "f(second)"],
        another: ["f(second)"],
        required: ["f(second)"],
        more: ["f(fourth)"],
        kept: [],
    }
    for function, paths in expected.items():
        assert list(changed("f", same, parameters(function))) == paths
    assert list(changed("f", same, None)) == ["f"]
    assert list(changed("f", None, same)) == []
