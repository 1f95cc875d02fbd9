"""A server whose responses depend on the beginning of the path."""

from __future__ import annotations

import gzip
import json
import re
import threading
import time
from collections.abc import Callable, Iterator

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from test.fault_server import BODY

_THREE = threading.Barrier(3)
Handler = Callable[[Request], Response]


def ok(request: Request) -> Response:
    return Response(BODY, mimetype="application/json")


def problem(status: int, **headers: str) -> Response:
    body = json.dumps({"code": "some_code", "message": "some message"})
    return Response(body, status, headers, mimetype="application/json")


def limited(request: Request) -> Response:
    return problem(429, **{"Retry-After": "7"})


def broken(request: Request) -> Response:
    return problem(503)


def moved(request: Request) -> Response:
    return Response(status=302, headers={"Location": request.path.replace("/moved/", "/ok/")})


def together(request: Request) -> Response:
    """Respond to three requests once all of them are there."""
    try:
        _THREE.wait(timeout=30)
    except threading.BrokenBarrierError:
        return problem(500)
    return ok(request)


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


def for_any_origin(handler: Handler) -> Handler:
    """Let pages of any origin have the responses, as LaunchDarkly does."""

    def wrapped(request: Request) -> Response:
        response = Response() if request.method == "OPTIONS" else handler(request)
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Methods"] = "GET, PATCH"
        response.headers["Access-Control-Allow-Headers"] = (
            "Accept, Authorization, Content-Type, LD-API-Version"
        )
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        return response

    return wrapped


def serve(server: HTTPServer) -> None:
    """Have a server respond by the beginning of the path."""
    busy_once = iter([broken])
    handlers: dict[str, Handler] = {
        "ok": ok,
        "unsent": ok,
        "limited": limited,
        "broken": broken,
        "moved": moved,
        "slow": slow,
        "together": together,
        "gzip": compressed,
        "cut": cut,
        "busy-once": lambda request: next(busy_once, ok)(request),
    }
    for name, handler in handlers.items():
        matcher = server.expect_request(re.compile(f"/{name}/.*"))
        matcher.respond_with_handler(for_any_origin(handler))
