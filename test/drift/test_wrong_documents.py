"""A document that cannot be compared is refused in one sentence, with exit code 2."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from test.drift import reading
from test.drift.__main__ import main
from test.drift.compare import differences
from test.drift.document import documented
from test.drift.reading import Unusable
from test.drift.test_drift import EXAMPLE, HERE
from test.strategies import nearly, thorough

DEEP = 200_000
#: A document with one call of experiments that returns ``#/components/schemas/A``.
CALL = {
    "/api/v2/experiments": {
        "get": {
            "operationId": "getExperiments",
            "responses": {
                "200": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}
                }
            },
        }
    }
}


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "array", "items": schema}
    return schema


def with_schemas(**schemas: Any) -> str:
    return json.dumps({"openapi": "3.0.3", "paths": CALL, "components": {"schemas": schemas}})


WRONG: dict[str, tuple[str, str]] = {
    "empty": ("", "PATH is empty."),
    "blank": (" \n", "PATH is empty."),
    "HTML": (
        "<!DOCTYPE html>\n<p>404",
        "PATH is neither JSON nor a YAML file that ends in .yaml or .yml.",
    ),
    "half a document": (
        '{"paths": {',
        "PATH is not valid JSON: Expecting property name enclosed in double quotes:"
        " line 1 column 12 (char 11).",
    ),
    "nested too deep": ("[" * DEEP + "]" * DEEP, "PATH is nested too deep."),
    "a list": ("[]", "The document is not an object."),
    "a number": ("1", "The document is not an object."),
    "no paths": ('{"openapi": "3.1.0"}', "The document has no paths."),
    "empty paths": ('{"paths": {}}', "The document has no paths."),
    "a list of paths": ('{"paths": ["/a"]}', "paths is not an object."),
    "no experiments": (
        '{"paths": {"/api/v2/flags": {"get": {"tags": ["Flags"]}}}}',
        "None of the 1 operations is one of experiments.",
    ),
    "a reference to nothing": (
        with_schemas(A={"properties": {"b": {"$ref": "#/components/schemas/B"}}}),
        "A.b refers to #/components/schemas/B, which does not exist.",
    ),
    "a reference to itself": (
        with_schemas(A={"$ref": "#/components/schemas/B"}, B={"$ref": "#/components/schemas/A"}),
        "getExperiments.200 refers to #/components/schemas/A, which refers to itself.",
    ),
    "a reference to another file": (
        with_schemas(A={"$ref": "other.json#/A"}),
        "getExperiments.200 refers to another file: other.json#/A.",
    ),
    "a reference that is a number": (
        with_schemas(A={"$ref": 1}),
        "The $ref of getExperiments.200 is not text.",
    ),
    "an endless array": (
        with_schemas(A={"type": "array", "items": {"$ref": "#/components/schemas/A"}}),
        "A[] is nested deeper than 100 levels.",
    ),
    "an endless allOf": (
        with_schemas(A={"allOf": [{"$ref": "#/components/schemas/A"}, {}]}),
        "A is nested deeper than 100 levels.",
    ),
    "deep schemas": (
        with_schemas(A=nested(150)),
        f"A{'[]' * 49}[ is nested deeper than 100 levels.",
    ),
    "properties that are a list": (
        with_schemas(A={"properties": ["a"]}),
        "properties of A is not an object.",
    ),
    "allOf that is no list": (with_schemas(A={"allOf": {}}), "allOf of A is not a list."),
    "a server that is no URL": (
        json.dumps({"paths": CALL, "servers": [{"url": "http://[::1"}]}),
        "The server 'http://[::1' is not a URL.",
    ),
}


def refused(path: Path | str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the sentence with which a file is refused."""
    assert main([str(path)]) == 2
    out, sentence = capsys.readouterr()
    assert out == ""
    assert sentence.count("\n") == 1
    return sentence.rstrip().replace(str(path), "PATH")


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_document_is_refused_in_one_sentence(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, sentence = WRONG[kind]
    path = tmp_path / "document.json"
    path.write_text(text)
    assert refused(path, capsys) == sentence


def test_a_file_that_does_not_exist_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = refused(tmp_path / "none.json", capsys)
    assert sentence == "PATH cannot be read: No such file or directory."


def test_a_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(tmp_path, capsys) == "PATH cannot be read: Is a directory."


def test_a_name_that_no_file_has_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused("a\0b", capsys) == "'a\\x00b' is not the name of a file: embedded null byte."


def test_bytes_that_are_no_text_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "document.json"
    path.write_bytes(b"\xff\xfe{}")
    assert refused(path, capsys) == "PATH is not text in UTF-8."


def test_a_file_of_2_gigabytes_is_refused_unread(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "document.json"
    with path.open("wb") as file:
        file.truncate(2**31)
    assert refused(path, capsys) == "PATH is larger than 100 MB."


def test_a_document_in_yaml_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    yaml = pytest.importorskip("yaml")
    path = tmp_path / "document.yaml"
    path.write_text(yaml.safe_dump(EXAMPLE).replace("'200':", "200:"))
    assert main([str(path), "--all"]) == 1
    in_yaml = capsys.readouterr().out
    path.write_text(json.dumps(EXAMPLE))
    main([str(path), "--all"])
    assert in_yaml == capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [1", "PATH is not valid YAML: while parsing a flow sequence "),
        ("a: 2026-13-45", "PATH is not valid YAML: month must be in 1..12"),
        ("a: " + "[" * 1_000, "PATH is nested too deep."),
    ],
)
def test_wrong_yaml_is_refused_in_one_sentence(
    text: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("yaml")
    path = tmp_path / "document.yml"
    path.write_text(text)
    assert refused(path, capsys).startswith(sentence)


def test_yaml_without_pyyaml_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    path = tmp_path / "document.yml"
    path.write_text("paths:\n")
    assert refused(path, capsys) == "PATH is YAML, which requires PyYAML."


def test_an_object_that_contains_itself_is_compared() -> None:
    text = with_schemas(A={"properties": {"next": {"$ref": "#/components/schemas/A"}}})
    assert "A" in documented(json.loads(text), HERE).objects


def test_a_reference_may_escape_the_characters_of_pointers() -> None:
    document = json.loads(with_schemas(A={"type": "string"}))
    pointer = "#/paths/~1api~1v2~1experiments"
    document["paths"]["/api/v2/experiments/again"] = {"$ref": pointer}
    assert [call.path for call in documented(document, HERE).calls] == [
        "/api/v2/experiments",
        "/api/v2/experiments/again",
    ]
    assert reading.resolved({"a~b": {}}, {"$ref": "#/a~0b"}, "") == ("#/a~0b", {})


@thorough
@given(nearly(EXAMPLE))
def test_a_document_with_anything_in_one_place_is_compared_or_refused(document: Any) -> None:
    try:
        assert all(
            str(difference).isprintable()
            for difference in differences(HERE, documented(document, HERE))
        )
    except Unusable as error:
        assert str(error).endswith(".")
        assert str(error).isprintable()
