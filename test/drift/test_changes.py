"""Each change of today's document is reported as that change, and as nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from test.drift.compare import differences
from test.drift.declared import package
from test.drift.document import documented
from test.drift.test_drift import TODAY
from test.strategies import thorough

#: Changes a document, and returns the lines that are expected.
Change = Callable[[dict[str, Any], Any], set[str]]

HERE = package()
DOCUMENT: dict[str, Any] = json.loads(TODAY.read_text())
SCALARS = ("boolean", "integer", "number", "string")
#: The members of a schema that say its type.
OF_TYPES = ("$ref", "additionalProperties", "enum", "format", "items", "type")


def found(document: dict[str, Any]) -> set[str]:
    return {str(difference) for difference in differences(HERE, documented(document, HERE))}


#: The differences without a change.
BEFORE = found(DOCUMENT)


class Place(NamedTuple):
    """A field on which both sides agree in everything: nothing in ``BEFORE`` is about it."""

    model: str
    schema: str
    wire: str

    def __str__(self) -> str:
        return f"{self.model}.{self.wire}"


class Road(NamedTuple):
    """A call, and its operation in the document."""

    name: str
    path: str
    method: str


def disputed(name: str) -> bool:
    """Return whether something differs in a field, or whether its model serves several schemas."""
    model = name.partition(".")[0]
    return any(f": {name}" in line or (f": {model}." in line and " (" in line) for line in BEFORE)


def serves_another_model(schema: str) -> bool:
    """Return whether a schema is used in place of a model with another name."""
    return any(line.startswith("types: ") and f", {schema} there" in line for line in BEFORE)


def places() -> Iterator[Place]:
    renamed = {
        line.rpartition(" named ")[2].removesuffix(" there"): line.split(": ")[1]
        for line in BEFORE
        if " named " in line
    }
    for schema, content in DOCUMENT["components"]["schemas"].items():
        model = renamed.get(str(schema), str(schema))
        if model in HERE.objects:
            for wire in content["properties"].keys() & HERE.objects[model].fields.keys():
                place = Place(model, schema, wire)
                if not disputed(str(place)) and not serves_another_model(schema):
                    yield place


def roads() -> Iterator[Road]:
    names = {(call.method, call.path): call.name for call in HERE.calls}
    for path, item in DOCUMENT["paths"].items():
        for method in item:
            if name := names.get((method.upper(), path)):
                yield Road(name, path, method)


PLACES, ROADS = sorted(places()), sorted(roads())


def schema_of(document: dict[str, Any], place: Place) -> dict[str, Any]:
    schema: dict[str, Any] = document["components"]["schemas"][place.schema]
    return schema


def drop_field(document: dict[str, Any], place: Place) -> set[str]:
    schema = schema_of(document, place)
    del schema["properties"][place.wire]
    schema["required"] = [wire for wire in schema.get("required", []) if wire != place.wire]
    return {f"fields: {place}: gone there"}


def rename_field(document: dict[str, Any], place: Place) -> set[str]:
    schema = schema_of(document, place)
    old = documented(document, HERE).objects[place.schema].fields[place.wire]
    new = f"{place.wire}Renamed"
    schema["properties"][new] = schema["properties"].pop(place.wire)
    required = schema.get("required", [])
    schema["required"] = [new if wire == place.wire else wire for wire in required]
    need = "required" if old.required else "optional"
    words = f" ({', '.join(sorted(old.shape.words))})" if old.shape.words else ""
    return {
        f"fields: {place}: gone there",
        f"fields: {place.model}.{new}: missing here, {need} {old.shape}{words} there",
    }


def change_type(document: dict[str, Any], place: Place) -> set[str]:
    before = documented(document, HERE).objects[place.schema].fields[place.wire].shape
    other = SCALARS[(SCALARS.index(before.kind) + 1) % 4] if before.kind in SCALARS else "string"
    kept = schema_of(document, place)["properties"][place.wire]
    for member in OF_TYPES:
        kept.pop(member, None)
    kept["type"] = other
    mine = HERE.objects[place.model].fields[place.wire].shape
    return {f"types: {place}: {mine} here, {other} there"}


def change_required(document: dict[str, Any], place: Place) -> set[str]:
    schema = schema_of(document, place)
    required = schema.setdefault("required", [])
    if place.wire in required:
        required.remove(place.wire)
        return {f"optionality: {place}: required here, not there"}
    required.append(place.wire)
    return {f"optionality: {place}: required there, not here"}


def deprecate_field(document: dict[str, Any], place: Place) -> set[str]:
    schema_of(document, place)["properties"][place.wire]["deprecated"] = True
    if HERE.objects[place.model].fields[place.wire].deprecated:
        return set()
    return {f"deprecations: {place}: deprecated there, not here"}


def allow_null(document: dict[str, Any], place: Place) -> set[str]:
    schema_of(document, place)["properties"][place.wire]["nullable"] = True
    optional = not HERE.objects[place.model].fields[place.wire].required
    # Optional fields of responses read null as None. A schema of a request has another name.
    if optional and not place.model.endswith(("Input", "Post", "Put")):
        return set()
    return {f"nullability: {place}: nullable there, not here"}


def list_words(document: dict[str, Any], place: Place) -> set[str]:
    shape = HERE.objects[place.model].fields[place.wire].shape
    schema = schema_of(document, place)["properties"][place.wire]
    if shape.kind != "string":
        return set()
    if shape.words is None:
        schema["enum"] = ["b", "a"]
        return {f"enumerations: {place}: any here, a, b there"}
    schema["enum"] = [*shape.words, "new"]
    return {f"enumerations: {place}: 'new' missing here"}


def drop_call(document: dict[str, Any], road: Road) -> set[str]:
    del document["paths"][road.path][road.method]
    return {f"calls: {road.name}: gone there ({road.method.upper()} {road.path})"}


def deprecate_call(document: dict[str, Any], road: Road) -> set[str]:
    operation = document["paths"][road.path][road.method]
    there = operation["deprecated"] = not operation.get("deprecated", False)
    here = next(call.deprecated for call in HERE.calls if call.name == road.name)
    if here == there:
        return set()
    sides = "here, not there" if here else "there, not here"
    return {f"deprecations: {road.name}: deprecated {sides}"}


def add_parameter(document: dict[str, Any], road: Road) -> set[str]:
    parameter = {"name": "new", "in": "query", "schema": {"type": "string"}}
    document["paths"][road.path][road.method].setdefault("parameters", []).append(parameter)
    return {f"calls: {road.name}(new): query parameter missing here"}


def add_status(document: dict[str, Any], road: Road) -> set[str]:
    document["paths"][road.path][road.method]["responses"]["418"] = {"description": ""}
    return {f"calls: {road.name}, 418: status missing here"}


def lose_response(document: dict[str, Any], road: Road) -> set[str]:
    responses = document["paths"][road.path][road.method]["responses"]
    responses[min(responses)] = {"description": ""}
    mine = next(call.returns for call in HERE.calls if call.name == road.name)
    return {f"types: {road.name}, response: {mine} here, no body there"}


OF_FIELDS: tuple[Change, ...] = (
    drop_field,
    rename_field,
    change_type,
    change_required,
    deprecate_field,
    allow_null,
    list_words,
)
OF_CALLS: tuple[Change, ...] = (drop_call, deprecate_call, add_parameter, add_status, lose_response)


def test_there_is_something_to_change() -> None:
    assert len(PLACES) > 40
    assert len(ROADS) >= 7


@pytest.mark.parametrize("change", OF_FIELDS)
def test_a_changed_field_is_reported_as_that_change(change: Change) -> None:
    for place in PLACES:
        assert_reported([(change, place)])


@pytest.mark.parametrize("change", OF_CALLS)
def test_a_changed_call_is_reported_as_that_change(change: Change) -> None:
    for road in ROADS:
        assert_reported([(change, road)])


def is_scalar(place: Place) -> bool:
    """Return whether no other schema is reached through a field."""
    return HERE.objects[place.model].fields[place.wire].shape.kind in SCALARS


@thorough
@given(
    st.lists(
        st.tuples(st.sampled_from(OF_FIELDS), st.sampled_from(PLACES).filter(is_scalar)),
        min_size=2,
        max_size=6,
        unique_by=lambda change: change[1],
    )
)
def test_several_changed_fields_are_reported_as_that(
    changes: list[tuple[Change, Any]],
) -> None:
    assert_reported(changes)


def assert_reported(changes: list[tuple[Change, Any]]) -> None:
    document = copy.deepcopy(DOCUMENT)
    expected = set[str]().union(*(change(document, target) for change, target in changes))
    after = found(document)
    assert after - BEFORE == expected
    # The differences of before remain, except in the changed calls, and in schemas that only a
    # call or a field used that is gone.
    names = [target.name for _, target in changes if isinstance(target, Road)]
    lost = [line for line in BEFORE - after if not line.startswith("schemas: ")]
    assert [line for line in lost if not any(name in line for name in names)] == []
