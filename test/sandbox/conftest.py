"""Fixtures of the sandbox's tests. Every response of every test is checked against the contract."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.http.application import Application
from test.sandbox import contract
from test.sandbox.client import Client


@pytest.fixture(autouse=True)
def answers_follow_the_contract(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Checks the responses of the application in this process against the contract.

    Exceptions are the API version of 2026, which differs, calls that the contract lacks, and
    faults, whose bodies tests choose.
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
        in_contract = call in contract.ENDPOINTS and not self.calls.newer
        if response.status_code < 400 and in_contract:
            data = response.get_data()
            body = json.loads(data) if data else None
            note(contract.check_success, call, response.status_code, body)
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
    with Sandbox() as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    calling = Client(sandbox.url)
    yield calling
    calling.close()
