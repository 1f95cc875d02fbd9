"""The sandbox knows the service by itself, so that it cannot repeat a mistake of the client."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import launchdarkly_api
from launchdarkly_api._call.endpoint import Endpoint
from launchdarkly_api.api import experiments_beta_api
from launchdarkly_api.sandbox.service.bodies import SHAPES
from launchdarkly_api.sandbox.service.endpoints import READS, STABLE, TABLE
from launchdarkly_api.sandbox.state.records import STANDARD_UNITS
from test.sandbox import document
from test.sandbox.shapes import named_shapes

PREFIX = "launchdarkly_api."
PACKAGE = Path(launchdarkly_api.__file__).parent
CONTRACT: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "contract.json").read_text(encoding="utf-8")
)

#: Results come from the analysis, which knows models and no client. The name of the distribution,
#: for hints, tells nothing of the service.
OTHERS = (
    "launchdarkly_api.sandbox.",
    "launchdarkly_api.analysis.",
    "launchdarkly_api._support.distribution.",
)

#: These files give a configuration or a client to a test, and import it only then.
FACE = {"sandbox.py", "pytest_plugin.py"}
#: Building blocks of HTML and formats of numbers, which know no models.
BLOCKS = {"launchdarkly_api._display.html", "launchdarkly_api._display.text"}


def _imports(file: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file} has a relative import"
            names.add(str(node.module))
    return names


def test_the_service_imports_nothing_of_the_client() -> None:
    sandbox = PACKAGE / "sandbox"
    found = {
        file.name: sorted(name)
        for file in sandbox.rglob("*.py")
        if file.name not in FACE
        and (
            name := {
                name
                for name in _imports(file)
                if name.startswith("launchdarkly_api")
                and not f"{name}.".startswith(OTHERS)
                and name not in BLOCKS
            }
        )
    }
    assert found == {}


def test_serving_loads_nothing_of_the_client() -> None:
    code = "import sys, launchdarkly_api.sandbox.http.application; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    parts = {name.split(".")[1] for name in done.stdout.split() if name.startswith(PREFIX)}
    assert "_display" in parts
    assert not {"_call", "_transport", "api", "api_client", "configuration", "rest"} & parts


def test_the_shapes_of_bodies_are_those_of_the_contract() -> None:
    for name, shape in named_shapes(SHAPES).items():
        if name == "Instruction":
            continue
        fields = CONTRACT["models"][name]["fields"]
        required = {field["json"] for field in fields if field["required"]}
        optional = {field["json"] for field in fields if not field["required"]}
        assert (set(shape.required), set(shape.optional)) == (required, optional), name
        for field in fields:
            expected = {**shape.required, **shape.optional}[field["json"]]
            if field["type"] in ("str", "int", "bool"):
                assert isinstance(expected, type), (name, field)
                assert expected.__name__ == field["type"], (name, field)


def _unnamed(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def test_the_endpoints_are_those_of_the_contract() -> None:
    contract = {
        (each["name"], each["method"], _unnamed(each["path"])) for each in CONTRACT["endpoints"]
    }
    names = {name for name, _, _ in contract}
    served = {(call, method, _unnamed(path)) for call, method, path in TABLE}
    assert {each for each in served if each[0] in names} == contract


def test_an_endpoint_beyond_the_contract_is_one_of_the_client() -> None:
    client = {
        (each.name, each.method, _unnamed(each.path))
        for each in vars(experiments_beta_api).values()
        if isinstance(each, Endpoint)
    }
    assert {(call, method, _unnamed(path)) for call, method, path in TABLE} <= client


def test_the_calls_that_only_read_are_those_of_the_document() -> None:
    known = {
        (call, operation["method"], _unnamed(operation["path"]))
        for call, operation in document.READS.items()
    }
    assert {(call, method, _unnamed(path)) for call, method, path in READS} == known


def test_the_calls_without_the_beta_header_are_those_of_the_document() -> None:
    stable = {c for c, operation in document.READS.items() if "(beta)" not in operation["tags"][0]}
    assert stable == STABLE


def test_the_randomization_units_are_those_of_the_contract() -> None:
    (unit,) = (
        field
        for field in CONTRACT["models"]["RandomizationUnitInput"]["fields"]
        if field["json"] == "standardRandomizationUnit"
    )
    assert list(STANDARD_UNITS) == unit["enum"]
