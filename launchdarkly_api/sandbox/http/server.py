"""HTTP/1.1 on a socket: Werkzeug's threaded server, with connections that stay open.

Werkzeug closes the connection after each response, because it does not know whether the body of
the request was read to its end. This server knows, and closes a connection only if it was not.
"""

from __future__ import annotations

import errno
import io
import json
import logging
import os
import re
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.message import Message
from typing import TYPE_CHECKING, Any

from werkzeug.serving import DechunkedInput, ThreadedWSGIServer, WSGIRequestHandler

from launchdarkly_api.sandbox.service.problems import OBSERVED, RefusedError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
else:
    # Annotations must also resolve at run time.
    WSGIApplication = Any

#: The bytes of a refused body that are read and discarded, so that the client gets the response.
DRAIN_BYTES = 16 * 1_048_576
DRAIN_SECONDS = 1.0

#: The time between two checks of the accepting thread for a stop.
POLL_SECONDS = 0.02

#: The first byte of a TLS client: a record of the type "handshake".
TLS_HANDSHAKE = b"\x16"

#: The bytes that are kept of a malformed request line.
KNOWN_BYTES = 2_000

#: Advice for the statuses with which http.server refuses a malformed request.
ADVICE: dict[int, str] = {
    400: "The request line must be METHOD PATH HTTP/1.1. Percent-encode what the path holds.",
    414: "The request line is longer than 65,536 bytes. Send a shorter path and query.",
    431: "There are more than 100 headers, or a line of more than 65,536 bytes. Send fewer and"
    " shorter ones.",
    505: "This port speaks HTTP/1.1 and HTTP/1.0. Choose one of them.",
}

logger: logging.Logger = logging.getLogger("launchdarkly_api.sandbox")


#: Receives the method, the target, the headers and the status.
Refused = Callable[[str, str, Mapping[str, str], int], None]


class Body(io.RawIOBase):
    """The body of a request, which knows whether it was read to its end."""

    def __init__(self, handler: Handler, length: int | None) -> None:
        super().__init__()
        self.handler = handler
        #: The remaining bytes; None for a chunked body.
        self.left: int | None = length
        stream: Any = handler.rfile
        self.source: Any = stream if length is not None else DechunkedInput(stream)
        self.complete: bool = length == 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.complete:
            return 0
        self.handler.send_continue()
        if self.left is None:
            count = self.source.readinto(buffer) or 0
        else:
            with memoryview(buffer) as view:
                count = self.source.readinto(view[: self.left]) or 0
            if not count:
                raise ConnectionAbortedError("the body ended early")
            self.left -= count
        self.complete = count == 0 if self.left is None else self.left == 0
        return count


class Handler(WSGIRequestHandler):
    """One connection and its requests, one after the other."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        # The headers of the request before must not be used for this one.
        self.headers: Message = self.MessageClass()
        self.raw_requestline = b""
        # A TLS client waits for a response before it ends a line.
        stream: Any = self.rfile
        if stream.peek(1)[:1] == TLS_HANDSHAKE:
            self.command = ""
            self.request_version = self.protocol_version
            self.refuse(
                RefusedError(
                    400,
                    "invalid_request",
                    "This is TLS, and this port speaks plain HTTP. Use http:// in the URL.",
                )
            )
        else:
            super().handle_one_request()

    def handle_expect_100(self) -> bool:
        # Sent when the body is read: a refused body need not be sent at all.
        self.awaits_continue = True
        return True

    awaits_continue: bool = False

    def send_continue(self) -> None:
        if self.awaits_continue:
            self.awaits_continue = False
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def run_wsgi(self) -> None:
        try:
            body = self.body()
            environ = self.make_environ()
        except RefusedError as problem:
            self.refuse(problem)
            return
        except ValueError as error:
            self.refuse(
                RefusedError(
                    400, "invalid_request", f"The URL in the request line is malformed: {error}."
                )
            )
            return
        # http.server reduces two slashes at the start of a path to one, and keeps spaces at the end
        # of a header.
        environ["RAW_URI"] = self.requestline.split()[1]
        for name, value in environ.items():
            if name.startswith("HTTP_"):
                environ[name] = value.rstrip(" \t")
        environ["wsgi.input"] = body
        environ["wsgi.input_terminated"] = True
        head: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
            head[:] = [status, headers]

        parts: list[bytes] = []
        try:
            response: Any = self.server.app(environ, start_response)
            try:
                for part in response:
                    parts.append(part)
            finally:
                getattr(response, "close", lambda: None)()
        except ConnectionError:
            self.close_connection = True
            if not head:
                return
        finally:
            self.awaits_continue = False
        if not body.complete:
            self.close_connection = True
        self.send(head[0], head[1], b"".join(parts))
        if not body.complete:
            self.drain()

    def body(self) -> Body:
        """Return the body that the headers declare."""
        lengths = self.headers.get_all("Content-Length", [])
        codings = self.headers.get_all("Transfer-Encoding", [])
        if codings:
            if lengths:
                raise RefusedError(
                    400, "invalid_request", "Send Content-Length or Transfer-Encoding, not both."
                )
            if ",".join(codings).strip().lower() != "chunked":
                raise RefusedError(
                    501,
                    None,
                    "The only supported Transfer-Encoding is chunked, alone."
                    " Send the body without others.",
                )
            return Body(self, None)
        if not lengths:
            return Body(self, 0)
        if len(set(lengths)) > 1 or not re.fullmatch(r"[0-9]{1,18}", lengths[0]):
            raise RefusedError(
                400, "invalid_request", "Content-Length must be one whole number of bytes."
            )
        return Body(self, int(lengths[0]))

    def send(self, status: str, headers: list[tuple[str, str]], content: bytes) -> None:
        """Send the whole response in one write, so that it is never sent in half by accident."""
        own = {"Date": self.date_time_string(), "Server": "launchdarkly-sandbox"}
        given = {name.lower() for name, _ in headers}
        lines = [f"HTTP/1.1 {status}"]
        lines += [f"{name}: {value}" for name, value in own.items() if name.lower() not in given]
        lines += [f"{name}: {value}" for name, value in headers]
        if self.close_connection:
            lines.append("Connection: close")
        elif self.request_version == "HTTP/1.0":
            lines.append("Connection: keep-alive")
        head = "\r\n".join(lines).encode("latin-1")
        self.wfile.write(b"%s\r\n\r\n%s" % (head, content))

    def refuse(self, problem: RefusedError) -> None:
        """Respond to a malformed request and close the connection, whose framing is lost."""
        method, target = self.known_line()
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        server: Any = self.server
        server.refused(method, target, headers, problem.status)
        content = json.dumps(problem.body()).encode()
        self.close_connection: bool = True
        status = f"{problem.status} {self.responses[problem.status][0]}"
        described = [("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
        self.send(status, described, b"" if self.command == "HEAD" else content)
        self.drain()

    def known_line(self) -> tuple[str, str]:
        """Return the method and the target, as far as the request line can be read."""
        line = self.raw_requestline[:KNOWN_BYTES].decode("latin-1")
        method, target = [*line.split(maxsplit=2)[:2], "", ""][:2]
        return (method, target) if re.fullmatch(r"[A-Za-z-]+", method) else ("", "")

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        # http.server calls this for a malformed request line or header.
        self.request_version: str = getattr(self, "request_version", "HTTP/1.1")
        error_code = OBSERVED.get(code, (None, ""))[0]
        self.refuse(RefusedError(int(code), error_code, ADVICE.get(code, str(message))))

    def drain(self) -> None:
        """Read on for a moment: to close with unread data would reset the connection."""
        self.connection.settimeout(DRAIN_SECONDS)
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            left = DRAIN_BYTES
            while left > 0 and (data := self.rfile.read1(65_536)):
                left -= len(data)

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Do nothing: the application logs its requests itself."""


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise OSError(
            error.errno or errno.EINVAL, f"Cannot listen on {host} port {port}: {reason}"
        ) from None
    return listener


class Server(ThreadedWSGIServer):
    """A listening socket and a thread for each connection."""

    #: An open connection does not keep the program from exiting.
    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int, app: WSGIApplication, refused: Refused) -> None:
        with _listen(host, port) as listener:
            super().__init__(host, port, app, handler=Handler, fd=listener.fileno())
        #: Called for each request that does not reach the application.
        self.refused: Refused = refused
        self._process = os.getpid()
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._connections_lock = threading.Lock()
        self._thread = threading.Thread(
            target=self.serve_forever,
            args=(POLL_SECONDS,),
            name="launchdarkly-sandbox",
            daemon=True,
        )

    @property
    def url(self) -> str:
        host, port = self.socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Close the port and all connections. A forked child closes only its copy of the socket."""
        if os.getpid() == self._process:
            self.shutdown()
            self._thread.join()
            with self._connections_lock:
                connections = dict(self._connections)
            for connection in connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            for thread in connections.values():
                if thread is not threading.current_thread():
                    thread.join(5.0)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), daemon=True
        )
        with self._connections_lock:
            self._connections[request] = thread
        thread.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._connections_lock:
                del self._connections[request]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        logger.exception("connection from %s failed", client_address)
