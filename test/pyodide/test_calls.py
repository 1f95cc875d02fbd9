"""Calls from Pyodide to real servers."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.examples import put_examples
from test.fault_server import BODY, FaultServer
from test.pyodide.environment import Pyodide
from test.resilience.certificates import Authority

pytestmark = pytest.mark.slow

TOKEN = "api-7d1f9e52-canary"


def ok(request: Request) -> Response:
    return Response(BODY, mimetype="application/json")


def problem(status: int, **headers: str) -> Response:
    body = json.dumps({"code": "some_code", "message": "some message"})
    return Response(body, status, headers, mimetype="application/json")


def limited(request: Request) -> Response:
    return problem(429, **{"Retry-After": "7"})


def broken(request: Request) -> Response:
    return problem(503)


def slow(request: Request) -> Response:
    time.sleep(1)
    return ok(request)


def compressed(request: Request) -> Response:
    response = ok(request)
    response.data = gzip.compress(BODY)
    response.headers["Content-Encoding"] = "gzip"
    return response


def cut(request: Request) -> Response:
    def parts() -> Iterator[bytes]:
        yield BODY[:20]
        raise ConnectionAbortedError

    response = Response(parts(), mimetype="application/json")
    response.headers["Content-Length"] = str(len(BODY))
    return response


@pytest.fixture
def server(httpserver: HTTPServer) -> HTTPServer:
    """A server whose responses depend on the beginning of the path."""
    busy_once = iter([broken])
    handlers = {
        "ok": ok,
        "unsent": ok,
        "limited": limited,
        "broken": broken,
        "slow": slow,
        "gzip": compressed,
        "cut": cut,
        "busy-once": lambda request: next(busy_once, ok)(request),
    }
    for name, handler in handlers.items():
        httpserver.expect_request(re.compile(f"/{name}/.*")).respond_with_handler(handler)
    return httpserver


def test_the_library_works_in_pyodide(pyodide: Pyodide, server: HTTPServer, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    stranger = Authority(tmp_path, "Strange CA")
    with (
        Sandbox(access_token=TOKEN) as sandbox,
        FaultServer(context=authority.server_context(authority.issue("127.0.0.1"))) as secure,
        FaultServer(context=stranger.server_context(stranger.issue("127.0.0.1"))) as untrusted,
    ):
        put_examples(sandbox._state)
        variables = {
            "SANDBOX": sandbox.url,
            "TOKEN": TOKEN,
            "SERVER": server.url_for("").rstrip("/"),
            "SECURE": secure.url,
            "UNTRUSTED": untrusted.url,
        }
        came = pyodide.pytest(
            "test/pyodide/inside/calls.py", environment=variables, trusted=authority.path
        )
        arrived = list(sandbox.requests)

    assert {what for what, _ in came.values()} == {"passed"}
    assert {request.headers["ld-api-version"] for request in arrived} == {"beta"}
    assert not any("launchdarkly" in request.headers["user-agent"] for request in arrived)
    assert any("semanticpatch" in r.headers.get("content-type", "") for r in arrived)
    sent = [request.path.split("/")[1] for request, _ in server.log]
    assert sent.count("busy-once") == 2
    assert [r.method for r, _ in server.log if "/broken/" in r.path] == ["PATCH", "GET"]
    assert "unsent" not in sent
    assert len(secure.requests) == 1
    assert not untrusted.requests
