"""Calls from Pyodide to real servers."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.service.examples import put_examples
from test.fault_server import FaultServer, refusing
from test.notebook.browser import needs_chromium
from test.pyodide import service
from test.pyodide.chromium import run_in_chromium
from test.pyodide.environment import Pyodide, run_tests
from test.resilience.certificates import Authority

pytestmark = pytest.mark.slow

TOKEN = "api-7d1f9e52-canary"
CALLS = "test/pyodide/inside/calls.py"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(api_version="2023", access_token=TOKEN, allow_origins=["*"]) as sandbox:
        put_examples(sandbox._state, newer=False)
        yield sandbox


@pytest.fixture
def httpserver() -> Iterator[HTTPServer]:
    """A server with a thread for each request."""
    with HTTPServer(threaded=True) as server:
        yield server


@pytest.fixture
def variables(sandbox: Sandbox, httpserver: HTTPServer) -> Iterator[dict[str, str]]:
    """The addresses of the servers."""
    service.serve(httpserver)
    with refusing() as nobody:
        yield {
            "SANDBOX": sandbox.url,
            "TOKEN": TOKEN,
            "SERVER": httpserver.url_for("").rstrip("/"),
            "NOBODY": nobody,
        }


def check_requests(sandbox: Sandbox, httpserver: HTTPServer) -> None:
    arrived = [request for request in sandbox.requests if request.method != "OPTIONS"]
    assert {request.headers["ld-api-version"] for request in arrived} == {"beta"}
    assert not any("launchdarkly" in request.headers["user-agent"] for request in arrived)
    assert any("semanticpatch" in r.headers.get("content-type", "") for r in arrived)
    sent = [(r.path.split("/")[1], r.method) for r, _ in httpserver.log if r.method != "OPTIONS"]
    assert [method for path, method in sent if path == "broken"] == ["PATCH", "GET"]
    assert sent.count(("busy-once", "GET")) == 2
    assert not [path for path, _ in sent if path == "unsent"]


def test_calls_work_under_node(
    pyodide: Pyodide,
    sandbox: Sandbox,
    httpserver: HTTPServer,
    variables: dict[str, str],
    tmp_path: Path,
) -> None:
    authority, stranger = Authority(tmp_path), Authority(tmp_path, "Stranger")
    with (
        FaultServer(context=authority.server_context(authority.issue("127.0.0.1"))) as secure,
        FaultServer(context=stranger.server_context(stranger.issue("127.0.0.1"))) as untrusted,
    ):
        variables |= {"SECURE": secure.url, "UNTRUSTED": untrusted.url}
        run = functools.partial(pyodide.run, environment=variables, trusted=authority.path)
        came = run_tests(run, CALLS)

    assert set(came.values()) == {"passed"}
    assert len(secure.requests) == 1
    assert not untrusted.requests
    check_requests(sandbox, httpserver)


@needs_chromium
@pytest.mark.parametrize("waiting", [True, False])
def test_calls_work_in_a_browser(
    pyodide: Pyodide,
    sandbox: Sandbox,
    httpserver: HTTPServer,
    variables: dict[str, str],
    tmp_path: Path,
    waiting: bool,
) -> None:
    run = functools.partial(run_in_chromium, pyodide, tmp_path, variables, waiting)
    came = run_tests(run, CALLS)

    skipped = {test.partition("::")[2] for test, outcome in came.items() if outcome == "skipped"}
    suspending = set() if waiting else {"test_tasks_call_beside_each_other"}
    assert (
        skipped == {"test_https_is_used_with_the_certificates_that_the_browser_trusts"} | suspending
    )
    check_requests(sandbox, httpserver)
