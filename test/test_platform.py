"""The limits of a browser. ``test/pyodide`` tests them in one."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from launchdarkly_api import ApiClient, Configuration
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.exceptions import ApiConnectionException, ApiValueError
from test.fault_server import EXPERIMENT, FaultServer, reset

SETTINGS: dict[str, Any] = {
    "proxy": "http://127.0.0.1:3128",
    "verify_ssl": False,
    "ssl_ca_cert": "/no/ca.pem",
    "cert_file": "/no/cert.pem",
    "key_file": "/no/key.pem",
    "assert_hostname": False,
    "socket_options": [(6, 1, 1)],
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_of_the_connection_is_refused_in_a_browser(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")
    configuration = Configuration(host="http://127.0.0.1:9", access_token="api-token")
    setattr(configuration, name, SETTINGS[name])

    with pytest.raises(ApiValueError, match=f"Configuration.{name} cannot be followed"):
        ExperimentsBetaApi(ApiClient(configuration)).get_experiment("demo", "test", "one")


def test_a_cookie_is_refused_in_a_browser(
    monkeypatch: pytest.MonkeyPatch, api: ExperimentsBetaApi
) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")

    with pytest.raises(ApiValueError, match="Cookie"):
        api.get_experiment("demo", "test", "one", _headers={"cookie": "a=b"})


def test_headers_that_a_browser_sets_are_left_to_it(
    monkeypatch: pytest.MonkeyPatch, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")
    httpserver.expect_request(
        "/api/v2/projects/demo/environments/test/experiments/one"
    ).respond_with_json(EXPERIMENT)

    assert api.get_experiment("demo", "test", "one").key == "exp"
    request, _ = httpserver.log[0]
    assert "launchdarkly" not in request.headers.get("User-Agent", "")
    assert request.headers["LD-API-Version"] == "beta"


def test_a_call_in_the_background_is_refused_in_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")
    api = ExperimentsBetaApi(ApiClient(Configuration(access_token="api-token")))

    with pytest.raises(ApiValueError, match="without submit or async_req"):
        api.submit(api.get_experiment, "demo", "test", "one")


def test_a_browser_that_gets_no_response_says_where_to_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")
    with FaultServer(reset()) as server:
        configuration = Configuration(host=server.url, access_token="api-token")
        configuration.retries = 0
        with pytest.raises(ApiConnectionException) as caught:
            ExperimentsBetaApi(ApiClient(configuration)).get_experiment("demo", "test", "one")

    assert "the request failed in the browser: " in str(caught.value)
    assert "console" in str(caught.value)
