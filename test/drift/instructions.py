"""Reads the kinds of instruction that a document names: in texts, examples and schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from test.drift.contract import Instruction
from test.drift.schemas import Schemas

_HEADING = re.compile(r"^(#+)\s+(.+?)\s*$", re.MULTILINE)
#: A kind in an example. Placeholders such as ``update_action`` do not match.
_KIND = re.compile(r'"kind":\s*"([A-Za-z]+)"')
_PARAMETER = re.compile(r"^[-*] `(\w+)`", re.MULTILINE)


def documented(
    schemas: Schemas, operations: Iterable[tuple[str, str, Mapping[str, Any]]]
) -> dict[str, Instruction]:
    """Return the kinds of instruction of the operations that patch.

    A text gives a kind as a heading below "Instructions", and its parameters as a list. Examples of
    the operation, and an enumeration in the schema of an instruction, give names only.
    """
    kinds: dict[str, Instruction] = {}
    for method, _, operation in operations:
        if method == "PATCH":
            text = str(operation.get("description", ""))
            examples = text + json.dumps(operation.get("requestBody"), default=str)
            for kind in [*_KIND.findall(examples), *_enumerated(schemas)]:
                kinds.setdefault(kind, Instruction(None))
            kinds.update(_described(text))
    return kinds


def _enumerated(schemas: Schemas) -> Iterable[str]:
    """Return the kinds that schemas of instructions list."""
    for name, schema in schemas.objects.items():
        if "instruction" in name.lower() and "kind" in schema.fields:
            yield from schema.fields["kind"].shape.words or ()


def _described(text: str) -> dict[str, Instruction]:
    """Return the kinds whose headings stand below the heading "Instructions"."""
    kinds: dict[str, Instruction] = {}
    level, inside = 0, False
    headings = list(_HEADING.finditer(text))
    for heading, after in zip(headings, [*headings[1:], None]):
        depth, title = len(heading[1]), heading[2]
        section = text[heading.end() : after.start() if after else len(text)]
        if title.lower() == "instructions":
            level, inside = depth, True
        elif depth <= level:
            inside = False
        elif inside and re.fullmatch(r"`?[a-z]\w*`?", title):
            deprecated = "deprecated" in section.lower()
            kinds[title.strip("`")] = Instruction(_parameters(section), deprecated)
        elif inside and kinds and title.lower() == "parameters":
            kind = next(reversed(kinds))
            kinds[kind] = kinds[kind]._replace(parameters=_parameters(section))
    return kinds


def _parameters(section: str) -> frozenset[str]:
    return frozenset(_PARAMETER.findall(section))
