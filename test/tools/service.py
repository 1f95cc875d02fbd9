"""A server on a real socket that answers all ten calls and keeps every request that arrives.

The tests of this folder put a tool between a client and this server, and then look at what reached
it. It keeps connections open, so that a client has idle ones when a tool begins.
"""

from __future__ import annotations

import gzip
import json
import re
import ssl
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qs, urlsplit

from test.contract import ENDPOINTS, example

TOKEN = "api-tools-5b1f4c1e9d55"
#: The number of experiments in the service's list: three pages.
EXPERIMENTS = 45
_PAGE = 20
#: The largest number of bytes that is sent without compression.
_SMALL = 512


class Arrived(NamedTuple):
    """A request that reached the service."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def experiment(key: str = "exp", **changes: Any) -> dict[str, Any]:
    """The representation of an experiment, as far as the contract requires it."""
    return {**example("Experiment", required_only=True), "key": key, **changes}


class Service:
    """Listens on this machine while its ``with`` block runs.

    Args:
        context: TLS, if the service is to speak it.
        compressed: Whether larger responses are compressed for clients that accept it.
        experiments: The number of experiments in its list.
    """

    def __init__(
        self,
        context: ssl.SSLContext | None = None,
        *,
        compressed: bool = False,
        experiments: int = EXPERIMENTS,
    ) -> None:
        self.requests: list[Arrived] = []
        self.experiments = experiments
        self.compressed = compressed
        #: Statuses of the next responses, before it answers with success again.
        self.failures: list[int] = []
        #: Methods that are always answered with 403.
        self.refused: set[str] = set()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.service = self
        self._scheme = "http"
        if context is not None:
            self._scheme = "https"
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def count(self) -> int:
        """The number of requests that arrived."""
        return len(self.requests)

    def methods(self) -> list[str]:
        return [request.method for request in self.requests]

    def __enter__(self) -> Service:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.close_connections()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    service: Service

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._connections: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        for connection in list(self._connections):
            self.shutdown_request(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client may leave at any moment."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Header and body leave as two packets; without this the second waits for the client's ACK.
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Tests print their own lines."""

    def _respond(self) -> None:
        service = cast(_Server, self.server).service
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        arrived = Arrived(
            self.command, parts.path, parse_qs(parts.query), dict(self.headers.items()), body
        )
        service.requests.append(arrived)
        if service.failures:
            status, found = service.failures.pop(0), {"code": "planned", "message": "planned"}
        elif self.command in service.refused:
            status, found = 403, {"code": "forbidden", "message": "refused"}
        else:
            status, found = _answered(arrived, service.experiments)
        data = b"" if status == 204 else json.dumps(found).encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", "application/json")
            accepted = self.headers.get("Accept-Encoding", "")
            if service.compressed and len(data) > _SMALL and "gzip" in accepted:
                data = gzip.compress(data)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _respond


_PATHS = [
    (endpoint["method"], re.compile(re.sub(r"\{\w+\}", "[^/]+", endpoint["path"])), endpoint)
    for endpoint in ENDPOINTS
]


def _answered(request: Arrived, experiments: int) -> tuple[int, Any]:
    for method, path, endpoint in _PATHS:
        if method == request.method and path.fullmatch(request.path):
            if endpoint["name"] == "get_experiments":
                return 200, _page(request.query, experiments)
            returns = endpoint.get("returns")
            if returns == "Experiment":
                return endpoint["success"], experiment(request.path.rpartition("/")[2])
            return endpoint["success"], returns and example(returns, required_only=True)
    return 404, {"code": "not_found", "message": f"{request.method} {request.path} is unknown"}


def _page(query: Mapping[str, list[str]], experiments: int) -> dict[str, Any]:
    limit = int(query.get("limit", [str(_PAGE)])[0])
    offset = int(query.get("offset", ["0"])[0])
    keys = [f"exp-{number}" for number in range(experiments)][offset : offset + limit]
    return {
        "items": [experiment(key) for key in keys],
        "total_count": experiments,
        "_links": {"self": {"href": "/", "type": "application/json"}},
    }
