"""Calls that the service has deprecated or withdrawn."""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from launchdarkly_api.apis import ExperimentsApi, ExperimentsBetaApi
from launchdarkly_api.exceptions import ForbiddenException, NotFoundException
from test.contract import ENDPOINTS, arguments, by_name

ANY_PATH = re.compile(".*")
WITHDRAWN = {"get_experiment_results", "get_legacy_experiment_results", "reset_experiment"}
#: The replacement that each of these calls names.
NOTICED = {
    "create_iteration": "updateExperimentFields and saveAndStartNewIteration",
    "get_experiment_results": r"launchdarkly_api\.analysis",
    "get_legacy_experiment_results": r"launchdarkly_api\.analysis",
    "reset_experiment": "saveAndStartNewIteration",
}


WAYS: list[Callable[[ExperimentsBetaApi, Any, list[Any]], object]] = [
    lambda api, call, keys: call(*keys),
    lambda api, call, keys: api.with_http_info(call, *keys),
    lambda api, call, keys: api.submit(call, *keys).get(),
]


@pytest.mark.parametrize("name", NOTICED)
@pytest.mark.parametrize("make", WAYS, ids=["call", "with_http_info", "submit"])
def test_such_a_call_warns_at_the_callers_line(
    make: Callable[..., object], name: str, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json({}, status=404)
    with pytest.warns(DeprecationWarning, match=f"^{name} is .*{NOTICED[name]}") as caught:
        with pytest.raises(NotFoundException):
            make(api, getattr(api, name), arguments(by_name(name)))
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("name", [e["name"] for e in ENDPOINTS if e["name"] not in NOTICED])
def test_no_other_call_warns(name: str, api: ExperimentsBetaApi, httpserver: HTTPServer) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json({}, status=404)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(NotFoundException):
            getattr(api, name)(*arguments(by_name(name)))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint["name"])
def test_a_404_of_a_withdrawn_call_names_the_replacement(
    endpoint: dict[str, str], api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    name = endpoint["name"]
    httpserver.expect_request(ANY_PATH).respond_with_json({"message": "Not there"}, status=404)
    with pytest.raises(NotFoundException) as caught:
        getattr(api, name)(*arguments(endpoint))
    assert ("withdrawn" in str(caught.value)) == (name in WITHDRAWN)
    assert name not in WITHDRAWN or re.search(NOTICED[name], str(caught.value))
    assert "Not there" in str(caught.value)


def test_another_failure_of_a_withdrawn_call_does_not_say_so(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json({}, status=403)
    with pytest.raises(ForbiddenException) as caught:
        api.reset_experiment("p", "f", "e", "m")
    assert caught.value.note is None


@pytest.mark.parametrize("name", sorted(WITHDRAWN))
def test_the_documentation_of_a_withdrawn_call_says_so(name: str) -> None:
    assert "withdr" in (getattr(ExperimentsBetaApi, name).__doc__ or "")


def test_the_class_of_today_lacks_the_withdrawn_calls() -> None:
    calls = {name for name, _ in inspect.getmembers(ExperimentsApi, inspect.isfunction)}
    beta = {name for name, _ in inspect.getmembers(ExperimentsBetaApi, inspect.isfunction)}
    assert beta - calls == WITHDRAWN
    assert calls <= beta
