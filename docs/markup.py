"""Shared by the reference pages: docstrings as Markdown, types with links, the footer."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import types
import typing
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

from launchdarkly_api import model as declarations
from launchdarkly_api._support.lazy import module_name

DOCS = Path(__file__).parent
FOOTER = (
    "[[Back to top]](#{top}) [[Back to API list]](../README.md#documentation-for-api-endpoints) "
    "[[Back to Model list]](models.md) [[Back to README]](../README.md)"
)


def declared_models() -> dict[str, Any]:
    """The models by name, read from the folder, because the generator writes the list of them."""
    found: dict[str, Any] = {}
    for path in Path(declarations.__file__ or "").parent.glob("[a-z]*.py"):
        module = importlib.import_module(f"{declarations.__name__}.{path.stem}")
        (name,) = (name for name in vars(module) if module_name(name) == path.stem)
        found[name] = getattr(module, name)
    return dict(sorted(found.items()))


MODELS = declared_models()


class Docstring(NamedTuple):
    """The parts of a docstring."""

    summary: str
    text: str
    arguments: dict[str, str]
    raises: dict[str, str]


def markdown(text: str) -> str:
    """The text of a docstring as Markdown. Literals are its only markup."""
    return " ".join(text.split()).replace("``", "`")


def read_docstring(documented: Any) -> Docstring:
    """Split a docstring into its summary, its text and the entries of ``Args`` and ``Raises``."""
    parts = re.split(r"\n(Args|Returns|Raises):\n", inspect.getdoc(documented) or "")
    summary, _, text = parts[0].partition("\n\n")
    sections = dict(zip(parts[1::2], parts[2::2]))
    return Docstring(
        summary.strip(),
        markdown(text),
        _entries(sections.get("Args", "")),
        _entries(sections.get("Raises", "")),
    )


def _entries(section: str) -> dict[str, str]:
    """The text of each entry of a section. Deeper indented lines continue the entry above."""
    found = re.findall(r"^ {4}([\w*, ]+): ((?:.|\n(?! {4}\S|\S))*)", section, re.M)
    return {name: markdown(meaning) for name, meaning in found}


def bullets(documented: Any) -> dict[str, str]:
    """The names that a docstring explains in a list."""
    text = inspect.getdoc(documented) or ""
    found = re.findall(r"^- ``(\w+)``: ((?:.|\n  )*)", text, re.M)
    return {name: markdown(meaning) for name, meaning in found}


def type_text(annotation: Any) -> str:
    """A type as a declaration writes it, without ``None``. A point in time is an ``int``."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return type_text(arguments[0])
    if origin is typing.Literal:
        return f"Literal[{', '.join(map(json.dumps, arguments))}]"
    if origin in (typing.Union, types.UnionType):
        return " | ".join(type_text(a) for a in arguments if a is not types.NoneType)
    if arguments:
        return f"{origin.__name__}[{', '.join(map(type_text, arguments))}]"
    name: str = annotation.__name__
    return name


def type_link(text: str, here: Collection[str] = ()) -> str:
    """A type as Markdown, with links to the pages of models and to the sections in ``here``."""

    def linked(word: re.Match[str]) -> str:
        name = word[0]
        if name in MODELS:
            return f"[{name}]({name}.md)"
        return f"[{name}](#{name.lower()})" if name in here else name

    return re.sub(r"\b[A-Z]\w+", linked, text.replace("|", "\\|").replace("models.", ""))
