"""Fixtures of the sandbox's tests.

Every response of every test is checked: against the contract of 2023 or the document of 2026.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.http.application import Application
from launchdarkly_api.sandbox.service.endpoints import WITHDRAWN
from test.sandbox import contract, document
from test.sandbox.client import Client

#: The message of the only documented error that the live service sends without a code.
BETA = "This API is in beta."


def _check(application: Application, call: Any, status: int, body: Any) -> None:
    calls = application.calls
    beta = status == 403 and body["message"].startswith(BETA)
    if call in document.READS:
        # The document lists no 400 for some calls that have parameters for paging.
        if status != 400 and not beta:
            document.check(call, status, body)
        return
    if calls.unusual:
        return
    if not calls.newer:
        # Recipes and later contracts add calls to those of 2023.
        if status < 400 and call in contract.ENDPOINTS:
            contract.check_success(call, status, body)
    elif call not in WITHDRAWN and not beta:
        document.check(call, status, body)


@pytest.fixture
def held_responses() -> Counter[tuple[str, int]]:
    """How many responses of the test were checked, by call and status."""
    return Counter()


@pytest.fixture(autouse=True)
def answers_follow_the_contract(
    monkeypatch: pytest.MonkeyPatch, held_responses: Counter[tuple[str, int]]
) -> Iterator[list[str]]:
    """Checks the responses of the application in this process.

    Exceptions are unusual values, calls that the contract lacks, and faults, whose bodies tests
    choose.
    """
    deviations: list[str] = []
    checked, problem = Application._checked, Application._problem

    def note(check: Any, *arguments: Any) -> None:
        try:
            check(*arguments)
        except AssertionError as error:
            deviations.append(str(error))

    def watched_checked(self: Application, arrival: Any, call: Any, path: Any) -> Any:
        response = checked(self, arrival, call, path)
        data = response.get_data()
        note(_check, self, call, response.status_code, json.loads(data) if data else None)
        held_responses[call, response.status_code] += 1
        return response

    def watched_problem(self: Application, refused: Any) -> Any:
        response = problem(self, refused)
        note(contract.check_error, response.status_code, json.loads(response.get_data()))
        return response

    monkeypatch.setattr(Application, "_checked", watched_checked)
    monkeypatch.setattr(Application, "_problem", watched_problem)
    yield deviations
    assert not deviations


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(api_version="2023") as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    calling = Client(sandbox.url)
    yield calling
    calling.close()
