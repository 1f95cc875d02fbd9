"""Calls from Pyodide to real servers."""

from __future__ import annotations

import gzip
import json
import re
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from launchdarkly_api.sandbox import Sandbox
from test.fault_server import BODY, FaultServer
from test.pyodide.environment import Pyodide

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


def test_the_library_works_in_pyodide(pyodide: Pyodide, server: HTTPServer) -> None:
    with Sandbox(access_token=TOKEN) as sandbox:
        variables = {
            "SANDBOX": sandbox.url,
            "TOKEN": TOKEN,
            "SERVER": server.url_for("").rstrip("/"),
        }
        came = pyodide.pytest("test/pyodide/inside/calls.py", environment=variables)
        arrived = list(sandbox.requests)

    assert {what for what, _ in came.values()} == {"passed"}
    assert {request.headers["LD-API-Version"] for request in arrived} == {"beta"}
    assert any("semanticpatch" in r.headers.get("Content-Type", "") for r in arrived)
    sent = [request.path.split("/")[1] for request, _ in server.log]
    assert sent.count("busy-once") == 2
    assert [r.method for r, _ in server.log if "/broken/" in r.path] == ["PATCH", "GET"]
    assert "unsent" not in sent
