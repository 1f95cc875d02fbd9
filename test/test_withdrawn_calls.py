"""Calls that the service has deprecated or withdrawn."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable

import pytest
from pytest_httpserver import HTTPServer

from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.exceptions import ForbiddenException, NotFoundException
from test.contract import ENDPOINTS, arguments

ANY_PATH = re.compile(".*")
WITHDRAWN = {"get_experiment_results", "get_legacy_experiment_results", "reset_experiment"}


KEYS = ("p", "f", "e", "m")
WAYS: list[Callable[[ExperimentsBetaApi], object]] = [
    lambda api: api.get_legacy_experiment_results(*KEYS),
    lambda api: api.with_http_info(api.get_legacy_experiment_results, *KEYS),
    lambda api: api.submit(api.get_legacy_experiment_results, *KEYS).get(),
]


@pytest.mark.parametrize("make", WAYS, ids=["call", "with_http_info", "submit"])
def test_a_deprecated_call_warns_at_the_callers_line(
    make: Callable[[ExperimentsBetaApi], object], api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json({})
    with pytest.warns(DeprecationWarning, match="get_legacy_experiment_results") as caught:
        make(api)
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("name", [e["name"] for e in ENDPOINTS if not e.get("deprecated")])
def test_no_other_call_warns(name: str, api: ExperimentsBetaApi, httpserver: HTTPServer) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json({}, status=404)
    endpoint = next(e for e in ENDPOINTS if e["name"] == name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(NotFoundException):
            getattr(api, name)(*arguments(endpoint))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint["name"])
def test_a_404_of_a_withdrawn_call_says_that_it_was_withdrawn(
    endpoint: dict[str, str], api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ANY_PATH).respond_with_json({"message": "Not there"}, status=404)
    with pytest.raises(NotFoundException) as caught:
        getattr(api, endpoint["name"])(*arguments(endpoint))
    assert ("withdrawn" in str(caught.value)) == (endpoint["name"] in WITHDRAWN)
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
