"""Docstrings in Google style, as texts of an OpenAPI document."""

from __future__ import annotations

import inspect
import re

#: The sections that describe the fields of a JSON object.
_FIELDS = ("Args:", "Attributes:")
_SECTION = re.compile(r"[A-Z][a-z]+:$")
_FIELD = re.compile(r"    (\w+): (.*)")


def parse(docstring: str | None) -> tuple[str, dict[str, str]]:
    """The text before the first section, and the text of each argument or attribute.

    Both are empty if Python removed the docstrings (``python -OO``).
    """
    summary: list[str] = []
    texts: dict[str, list[str]] = {}
    section, name = "", ""
    for line in inspect.cleandoc(docstring or "").splitlines():
        field = _FIELD.match(line)
        if _SECTION.match(line):
            section = line
        elif not section:
            summary.append(line)
        elif section in _FIELDS and field is not None:
            name = field[1]
            texts[name] = [_unquoted(field[2])]
        elif section in _FIELDS and line.strip():
            texts[name].append(_unquoted(line.strip()))
    return _without_examples(summary), {key: " ".join(lines) for key, lines in texts.items()}


def _unquoted(text: str) -> str:
    """Markdown has single backquotes for code, and JSON has ``null``."""
    return text.replace("``None``", "`null`").replace("``", "`")


def _without_examples(lines: list[str]) -> str:
    """The text without blocks of code, which are in Python."""
    kept = [line for line in lines if line != "::" and not line.startswith("    ")]
    return re.sub(r"\n{3,}", "\n\n", _unquoted("\n".join(kept))).strip()
