"""Each kind of difference is found, in documents of each version, and none is hidden."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from test.drift import example, known
from test.drift.__main__ import main
from test.drift.compare import differences
from test.drift.contract import Contract
from test.drift.declared import declared, package
from test.drift.document import documented

FOLDER = Path(__file__).parent
EXAMPLE: dict[str, Any] = json.loads((FOLDER / "example.json").read_text())
TODAY = FOLDER.parent / "today.json"
HERE = declared([example], example.MODELS, example.Change)


def found(document: Mapping[str, Any], here: Contract = HERE) -> list[str]:
    return [str(difference) for difference in differences(here, documented(document, here))]


def test_every_kind_of_difference_is_printed_in_one_line() -> None:
    assert found(EXAMPLE) == (FOLDER / "example.txt").read_text().splitlines()


def test_the_same_document_in_swagger_2_differs_in_the_same() -> None:
    assert found(as_swagger_2(EXAMPLE)) == found(EXAMPLE)


def test_the_same_document_in_openapi_3_1_differs_in_the_same() -> None:
    text = json.dumps(as_openapi_3_1(EXAMPLE))
    assert '"nullable"' not in text
    assert found(json.loads(text)) == found(EXAMPLE)


def test_a_document_without_texts_says_nothing_about_instructions() -> None:
    text = json.dumps(EXAMPLE).replace('"description"', '"x-description"')
    document = json.loads(text.replace('"kind": "exampleTrial"', "").replace("listedTrial", ""))
    document["components"]["schemas"]["Instruction"]["properties"] = {}
    there = documented(document, HERE)
    assert there.instructions is None
    assert "the calls have no texts, so what texts list is not compared" in there.notes
    assert not [line for line in found(document) if "nstruction" in line.partition(": ")[0]]


def test_a_text_that_names_no_kind_takes_all_instructions_away() -> None:
    document = json.loads(json.dumps(EXAMPLE).replace("### Instructions", "### Nothing"))
    operation = document["paths"]["/v2/experiments/{trialKey}"]["patch"]
    operation["description"], operation["requestBody"] = "Update a trial.", {}
    gone = [line for line in found(document) if line.startswith("instructions: ")]
    assert gone == [
        f"instructions: {kind}: gone there" for kind in ("beginTrial", "dropTrial", "rename")
    ]


def test_a_call_that_the_package_declares_is_compared_wherever_it_is() -> None:
    document = json.loads(json.dumps(EXAMPLE))
    operation = {"operationId": "elsewhere", "responses": {"204": {}}}
    document["paths"]["/v2/elsewhere"] = {"get": operation}
    assert "elsewhere" not in [call.name for call in documented(document, HERE).calls]
    endpoint = HERE.calls[0]._replace(name="elsewhere", path="/api/v2/elsewhere")
    there = documented(document, HERE._replace(calls=(endpoint,)))
    assert "elsewhere" in [call.name for call in there.calls]


def test_the_declarations_are_those_of_today_but_for_the_known_differences(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([str(TODAY)]) == 0, capsys.readouterr().out
    assert capsys.readouterr().out == ""


def test_every_known_difference_has_a_reason() -> None:
    assert known.NO_REASON not in known.read().values()


def test_the_command_says_what_it_compares_and_ends_with_1(tmp_path: Path) -> None:
    path = tmp_path / "document.json"
    path.write_text(json.dumps(EXAMPLE))
    command = [sys.executable, "-m", "test.drift", "--all", str(path)]
    run = subprocess.run(
        command, cwd=FOLDER.parents[1], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert run.stdout.splitlines() == found(EXAMPLE, package())
    assert run.stderr.startswith("note: 7 of 8 operations are compared: ")


def test_a_new_field_of_the_service_is_reported_until_it_is_declared(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("launchdarkly_api", "test/drift"):
        shutil.copytree(FOLDER.parents[1] / folder, tmp_path / folder, ignore=ignored)
    shutil.copy(FOLDER.parent / "__init__.py", tmp_path / "test" / "__init__.py")
    document = json.loads(TODAY.read_text())
    properties = document["components"]["schemas"]["Experiment"]["properties"]
    properties["riskLevel"] = {"type": "string"}
    (tmp_path / "new.json").write_text(json.dumps(document))

    def printed() -> str:
        command = [sys.executable, "-m", "test.drift", "new.json"]
        return subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True).stdout

    assert printed() == "fields: Experiment.riskLevel: missing here, optional string there\n"
    model = tmp_path / "launchdarkly_api" / "model" / "experiment.py"
    declaration = '    risk_level: str | None = None\n    """The risk. Example: ``"low"``."""\n'
    model.write_text(model.read_text() + declaration)
    assert printed() == ""


def test_a_known_difference_is_not_printed_unless_all_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, file = written(tmp_path)
    lines = found(EXAMPLE, package())
    file.write_text("# A reason.\n" + "\n".join(lines[1:]) + "\n")
    assert main([path], file) == 1
    assert capsys.readouterr().out.splitlines() == lines[:1]
    assert main([path, "--all"], file) == 1
    assert capsys.readouterr().out.splitlines() == lines


def test_a_known_difference_that_no_longer_exists_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, file = written(tmp_path)
    file.write_text("\n".join(["fields: Tree.root: gone there", *found(EXAMPLE, package())]))
    assert main([path], file) == 1
    assert capsys.readouterr().out == "known: fields: Tree.root: gone there: no longer differs\n"


def test_an_update_keeps_reasons_drops_what_no_longer_differs_and_adds_what_is_new(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, file = written(tmp_path)
    first, second, *others = found(EXAMPLE, package())
    file.write_text(
        f"# One.\n# More.\n{second}\n\n# Two.\nfields: Tree.root: gone there\n{first}\n"
    )
    assert main([path, "--known"], file) == 0
    assert file.read_text() == "\n".join(
        ["# One.", "# More.", second, "", "# Two.", first, "", known.NO_REASON, *others, ""]
    )
    assert main([path], file) == 0
    assert capsys.readouterr().out == ""
    file.unlink()
    assert main([path, "--known"], file) == 0
    assert file.read_text() == "\n".join([known.NO_REASON, first, second, *others, ""])


def test_a_known_difference_in_texts_stays_if_a_document_has_none() -> None:
    lines = {
        "instructions: stop: missing here": "# A.",
        "enumerations: get_trial(expand): 'arms' missing here": "# A.",
        "enumerations: Trial.color: 'red' missing here": "# A.",
    }
    assert known.stale([], lines, has_texts=False) == [list(lines)[2]]
    assert known.stale([], lines, has_texts=True) == list(lines)


def written(folder: Path) -> tuple[str, Path]:
    """Write the example, and return its path and one for known differences."""
    path = folder / "document.json"
    path.write_text(json.dumps(EXAMPLE))
    return str(path), folder / "known.txt"


def as_swagger_2(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document of OpenAPI 3.0 in the words of 2.0."""
    text = json.dumps(document)
    for folder, name in {
        "schemas": "definitions",
        "parameters": "parameters",
        "responses": "responses",
    }.items():
        text = text.replace(f"#/components/{folder}/", f"#/{name}/")
    text = text.replace('"nullable"', '"x-nullable"')
    new: dict[str, Any] = json.loads(text)
    new["swagger"], new["basePath"] = "2.0", "/api/"
    del new["openapi"], new["servers"]
    components = new.pop("components")
    new["definitions"] = components["schemas"]
    new["responses"] = {n: without_content(r) for n, r in components["responses"].items()}
    new["parameters"] = {n: in_itself(p) for n, p in components["parameters"].items()}
    for item in new["paths"].values():
        for key, operation in item.items():
            if key == "parameters":
                item[key] = [in_itself(parameter) for parameter in operation]
                continue
            own = [in_itself(parameter) for parameter in operation.get("parameters", [])]
            if body := operation.pop("requestBody", None):
                content = body["content"]["application/json"]
                own.append({"in": "body", "name": "body", "schema": content["schema"]})
                operation["description"] = operation.get("description", "") + json.dumps(
                    content.get("example")
                )
            operation["parameters"] = own
            operation["responses"] = {
                status: without_content(response)
                for status, response in operation["responses"].items()
            }
    return new


def without_content(response: dict[str, Any]) -> dict[str, Any]:
    content = response.pop("content", None)
    schema: dict[str, Any] = (content or {}).get("application/json", {})
    return response | schema


def in_itself(parameter: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = parameter.pop("schema", {})
    return parameter | schema


def as_openapi_3_1(value: Any) -> Any:
    """Return a part of a document of OpenAPI 3.0 in the words of 3.1."""
    if isinstance(value, list):
        return [as_openapi_3_1(item) for item in value]
    if not isinstance(value, dict):
        return value
    new = {key: as_openapi_3_1(item) for key, item in value.items()}
    if new.pop("nullable", False) is True:
        if "type" not in new:
            return {"anyOf": [new, {"type": "null"}]}
        new["type"] = [new["type"], "null"]
    return new
