"""The OpenAPI document of the control interface: valid, complete, and true of a running sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.checks import CHECKS

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.control import docstrings, openapi
from launchdarkly_api.sandbox.control.shapes import shape_of
from launchdarkly_api.sandbox.control.verbs import PREFIX, VERBS
from test.sandbox.client import Client

DOCUMENT: dict[str, Any] = openapi.document()
schema: Any = schemathesis.openapi.from_dict(DOCUMENT)
#: Rules beyond the schema, such as that a project exists, refuse some valid requests.
RULES = {"positive_data_acceptance"}
#: A reset would take the running experiment away.
SEED: dict[str, Any] = {
    "projects": [
        {
            "key": "demo",
            "experiments": [
                {
                    "key": "0",
                    "iterations": [
                        {
                            "primaryMetric": "signup",
                            "flags": ["checkout-button"],
                            "treatments": [{"name": "0"}, {"name": "1"}],
                            "status": "running",
                        }
                    ],
                }
            ],
        }
    ]
}


@pytest.fixture(scope="module")
def seeded() -> Iterator[Sandbox]:
    with Sandbox(seed=SEED) as sandbox:
        yield sandbox


def test_the_document_is_valid_and_served(sandbox: Sandbox, client: Client) -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()
    assert client.get(f"{PREFIX}/openapi.json").json == DOCUMENT


def test_everything_in_the_document_is_described() -> None:
    operations = [operation for path in DOCUMENT["paths"].values() for operation in path.values()]
    assert len(operations) == len(VERBS)
    assert len({operation["operationId"] for operation in operations}) == len(VERBS)
    for operation in operations:
        assert operation["summary"].endswith("."), operation
        assert all(parameter["description"] for parameter in operation.get("parameters", ()))
    inputs = {
        name: found
        for name, found in DOCUMENT["components"]["schemas"].items()
        # Records of the service are described in the guide.
        if found.get("description") and name not in ("Flag", "Variation", "Rule", "FlagConfig")
    }
    for name, found in inputs.items():
        for field, described in found["properties"].items():
            if name != "Member":
                assert described.get("description"), f"{name}.{field}"


def test_a_type_without_a_form_in_json_is_a_mistake() -> None:
    with pytest.raises(TypeError, match=r"has no form in JSON"):
        shape_of(set)


def test_docstrings_are_optional() -> None:
    # python -OO removes them.
    assert docstrings.parse(None) == ("", {})


@schema.parametrize()  # type: ignore[untyped-decorator]
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_response_is_as_the_document_says(case: Any, seeded: Sandbox) -> None:
    checks: list[Any] = [check for check in CHECKS.get_all() if check.__name__ not in RULES]
    if seeded.snapshot()["projects"][0]["experiments"] == []:
        seeded.reset()
    case.call_and_validate(base_url=seeded.url, checks=checks)
