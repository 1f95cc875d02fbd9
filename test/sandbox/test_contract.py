"""The contract checker finds what it should find, and the fixture uses it."""

from __future__ import annotations

from typing import Any

import pytest

from test.sandbox.client import Client, experiments
from test.sandbox.contract import check_error, check_success, deviations

GOOD: dict[str, Any] = {
    "key": "k",
    "name": "n",
    "_maintainerId": "m",
    "_creationDate": 1,
    "_links": {"self": {"href": "/", "type": "application/json"}},
}


def test_a_valid_response_has_no_deviations() -> None:
    assert not list(deviations("Experiment", GOOD))


@pytest.mark.parametrize(
    "changes",
    [
        {"description": None},
        {"newField": 1},
        {"_creationDate": "1"},
        {"_creationDate": True},
        {"_creationDate": 1.5},
        {"_links": {"self": "/"}},
        {"_links": []},
        {"previousIterations": {}},
        {"currentIteration": {"hypothesis": "h", "status": "running"}},
    ],
)
def test_a_deviation_is_found(changes: dict[str, Any]) -> None:
    assert list(deviations("Experiment", {**GOOD, **changes}))


def test_a_missing_field_is_found() -> None:
    assert list(deviations("Experiment", {"key": "k"}))


def test_a_value_outside_an_enum_is_found() -> None:
    metric = {"key": "k", "name": "n", "kind": "funnel", "_links": {}}
    assert list(deviations("MetricV2Rep", metric))


def test_a_wrong_status_is_found() -> None:
    with pytest.raises(AssertionError):
        check_success("get_experiment", 201, GOOD)
    with pytest.raises(AssertionError):
        check_success("reset_experiment", 204, {})


def test_an_error_without_a_message_is_found() -> None:
    with pytest.raises(AssertionError):
        check_error(404, {"code": "not_found"})
    with pytest.raises(AssertionError):
        check_error(404, {"message": "m", "id": "x"})


def test_the_fixture_checks_responses_of_calls(
    client: Client, answers_follow_the_contract: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from launchdarkly_api.sandbox.service import responses

    monkeypatch.setattr(responses, "collection", lambda *_: {"items": None})
    client.get(experiments())
    assert answers_follow_the_contract == ["get_experiments: ['$.items: None is no list']"]
    answers_follow_the_contract.clear()


def test_the_fixture_checks_error_responses(
    client: Client, answers_follow_the_contract: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from launchdarkly_api.sandbox.service.problems import RefusedError

    monkeypatch.setattr(RefusedError, "body", lambda _: {"code": "not_found", "message": ""})
    client.get("/nowhere")
    assert answers_follow_the_contract == ["404 without a message"]
    answers_follow_the_contract.clear()
