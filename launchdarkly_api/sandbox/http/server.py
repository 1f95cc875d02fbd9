"""HTTP/1.1 on a socket: waitress, with problems in JSON and connections that fail on purpose.

Of the servers that others keep, waitress alone reads whole requests before it gives them to a
thread, so that thousands of silent or slow connections need none, and lets an application drop a
connection without a response or in the middle of one. ``CONTRIBUTING.md`` has the comparison.
"""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false
# pyright: reportArgumentType=false, reportIncompatibleVariableOverride=false
# The types of waitress that pyright brings along differ from waitress.

from __future__ import annotations

import errno
import json
import os
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask

from launchdarkly_api.sandbox.http.application import MAX_DOCUMENT_BYTES
from launchdarkly_api.sandbox.http.parser import OVER, Parser
from launchdarkly_api.sandbox.http.trickle import KEY
from launchdarkly_api.sandbox.service.problems import RefusedError, defect, invalid

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
else:
    # Annotations must also resolve at run time.
    WSGIApplication = Any

# Absent on Windows.
resource: Any = import_module("resource") if find_spec("resource") else None

#: The maximum size of any body, which is read before the application sees the request. It has
#: smaller limits of its own.
MAX_BODY_BYTES = MAX_DOCUMENT_BYTES

#: The bytes after a refused request that are read and discarded, so that the client gets the
#: response: to close with unread data would reset the connection.
DRAIN_BYTES = 16 * 1_048_576

#: The open files that connections leave to the rest of the program.
SPARE_FILES = 100

JOIN_SECONDS = 5.0

#: The value of ``SO_LINGER`` with which ``close`` sends a reset: wait for 0 seconds.
RESET = struct.pack("HH" if os.name == "nt" else "ii", 1, 0)

#: Receives the method, the target, the headers and the status of a malformed request.
Refused = Callable[[str, str, Mapping[str, str], int], None]


class _ErrorTask(ErrorTask):
    """The response to a malformed request, and to one that the application failed on."""

    def execute(self) -> None:
        # waitress takes a request that it could not read for one of HTTP/1.0.
        self.version = "1.1"
        problem = self._problem()
        content = json.dumps(problem.body()).encode()
        self.status = f"{problem.status} {HTTPStatus(problem.status).phrase}"
        self.response_headers.append(("Content-Type", "application/json"))
        self.set_close_on_finish()
        self.content_length = len(content)
        self.channel.refused = True
        self.write(content)

    def _problem(self) -> RefusedError:
        error, request = self.request.error, self.request
        if error.code == 500:
            return defect()
        problem = error.body
        if not isinstance(problem, RefusedError):
            # waitress's own only problem: the size of the body.
            problem = RefusedError(
                413, None, f"The body is larger than {MAX_BODY_BYTES} bytes. Send less."
            )
        headers = {name.replace("_", "-"): value for name, value in request.headers.items()}
        self.channel.server.refused(request.method, request.request_uri, headers, problem.status)
        return problem


class _Task(WSGITask):
    """A request for the application."""

    def get_environment(self) -> Any:
        environ: Any = super().get_environment()
        environ["REQUEST_METHOD"] = self.request.method
        environ[OVER] = self.request.over
        return environ

    def service(self) -> None:
        super().service()
        held, self.channel.held = self.channel.held, None
        if held is not None:
            self._send_slowly(b"".join(held))

    def execute(self) -> None:
        try:
            super().execute()
        except ConnectionResetError:
            self.channel.resets = True
            raise

    def write(self, data: bytes) -> None:
        if KEY in self.get_environment() and self.channel.held is None:
            self.channel.held = []
        super().write(data)

    def _send_slowly(self, response: bytes) -> None:
        try:
            for piece in self.get_environment()[KEY].pieces(response):
                self.channel.write_soon(piece)
        except ConnectionAbortedError:
            self.close_on_finish = True

    def set_close_on_finish(self) -> None:
        # waitress closes the connection after any response without a length. One that has no body
        # needs none.
        if self.has_body or self.request.connection_close:
            super().set_close_on_finish()


class _Channel(HTTPChannel):
    """One connection."""

    task_class = _Task
    error_task_class = _ErrorTask

    def parser_class(self, adj: Adjustments) -> Parser:
        """Return the parser of the next request, whose first bytes arrived."""
        parser = Parser(adj)
        parser.over = self.server.over()
        return parser

    #: Whether the last request was refused, so that data of the client may be left unread.
    refused: bool = False
    will_close: bool = False
    _lingers: bool = False
    _drained: int = 0
    _ended_early: bool = False
    #: Whether the connection ends with a reset.
    resets: bool = False
    #: The parts of a response that is not sent at once.
    held: list[bytes] | None = None

    def write_soon(self, data: bytes) -> int:
        """Send a part of a response."""
        if self.held is None:
            return int(super().write_soon(data))
        self.held.append(data)
        return len(data)

    def send(self, data: bytes, do_close: bool = True) -> int:
        # The client may have left meanwhile.
        return 0 if self.socket is None else int(super().send(data, do_close))

    def readable(self) -> bool:
        return self._lingers or bool(super().readable())

    def handle_read(self) -> None:
        super().handle_read()
        if self._ended_early and self.request is not None:
            self.connected: bool = True
            self.request.refuse(invalid("The body ended early."))
            self.requests.append(self.request)
            self.request: Parser | None = None
            self.server.add_task(self)

    def received(self, data: bytes) -> bool:
        if not self._lingers:
            return bool(super().received(data))
        self._drained += len(data)
        if self._drained > DRAIN_BYTES:
            self.end()
        return False

    def handle_close(self) -> None:
        if self.request is not None and self.request.headers_finished and not self._ended_early:
            self._ended_early = True
        elif self.refused and not self._lingers:
            self._lingers = True
            self.will_close = False
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
        else:
            self.end()

    def end(self) -> None:
        """Close the connection, also for the copies of the socket in forked processes."""
        # One event can report the end of both directions. The second finds no socket.
        if self.socket is not None:
            with suppress(OSError):
                if self.resets:
                    self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                else:
                    self.socket.shutdown(socket.SHUT_RDWR)
            super().handle_close()


class _Threads(ThreadedTaskDispatcher):
    """As many threads as requests at a time, of which most may wait for a planned delay."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[threading.Thread] = []

    def start_new_thread(self, target: Any, thread_no: int) -> None:
        thread = threading.Thread(
            target=target, args=(thread_no,), name=f"launchdarkly-{thread_no}", daemon=True
        )
        # The system may refuse a thread. The request then waits for another one.
        with suppress(RuntimeError):
            thread.start()
            self.started.append(thread)

    def add_task(self, task: Any) -> None:
        count = len(self.threads)
        if self.active_count + len(self.queue) >= count:
            self.set_thread_count(count + 1)
        with self.lock:
            self.queue.append(task)
            self.queue_cv.notify()

    def stop(self) -> None:
        """End the threads, and wait for those that are not the caller."""
        self.set_thread_count(0)
        for thread in self.started:
            if thread is not threading.current_thread():
                thread.join(JOIN_SECONDS)


class _Listener(TcpWSGIServer):
    """The thread that waits for the sockets, and owns them."""

    channel_class = _Channel
    #: Called for each malformed request.
    refused: Refused
    #: Called for each request when it begins.
    over: Callable[[], threading.Event]

    def __init__(self, app: WSGIApplication, **options: Any) -> None:
        self._closing = threading.Lock()
        self._closed = False
        super().__init__(app, **options)

    def pull_trigger(self) -> None:
        # A thread that outlives a stop must not write to a file that was closed, or to another one
        # that got its number.
        with self._closing:
            if not self._closed:
                super().pull_trigger()

    def stop(self) -> None:
        """Close all sockets. Returns before it is done."""
        with self._closing:
            self.trigger.pull_trigger(self._close_all)

    def _close_all(self) -> None:
        for channel in list(self.active_channels.values()):
            channel.end()
        with self._closing:
            self._closed = True
            self.trigger.close()
        wasyncore.close_all(self._map)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        reason = error.strerror or error
        raise OSError(
            error.errno or errno.EINVAL, f"Cannot listen on {host} port {port}: {reason}"
        ) from None
    return listener


def _max_connections() -> int:
    """The number of connections that the process may open: others wait to be accepted."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0] if resource else 1_024
    return int(max(files - SPARE_FILES, SPARE_FILES))


class Server:
    """A listening socket, a thread that reads requests, and threads that process them."""

    def __init__(
        self,
        host: str,
        port: int,
        app: WSGIApplication,
        refused: Refused,
        over: Callable[[], threading.Event],
    ) -> None:
        listener = _listen(host, port)
        self._threads = _Threads()
        self._listener = _Listener(
            app,
            # waitress has no public name for the socket of a subclass of its server. Its own would
            # report a taken port without the host and the port.
            _sock=listener,
            sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
            bind_socket=False,
            dispatcher=self._threads,
            adj=Adjustments(
                ident="launchdarkly-sandbox",
                # No connection counts as idle: somebody may set the computer's clock forward.
                channel_timeout=2**31,
                # select() fails beyond 1,024 files.
                asyncore_use_poll=True,
                connection_limit=_max_connections(),
                # waitress refuses this size itself.
                max_request_body_size=MAX_BODY_BYTES + 1,
                # In memory, not in a temporary file: the disk may be full.
                inbuf_overflow=2 * MAX_BODY_BYTES,
                outbuf_overflow=2 * MAX_BODY_BYTES,
                # A dropped connection is a socket error of the application.
                log_socket_errors=False,
            ),
        )
        self._listener.refused = refused
        self._listener.over = over
        self._process = os.getpid()
        self._thread = threading.Thread(
            target=self._listener.run, name="launchdarkly-sandbox", daemon=True
        )

    @property
    def port(self) -> int:
        return int(self._listener.socket.getsockname()[1])

    @property
    def url(self) -> str:
        host, port = self._listener.socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Close the port and all connections. A forked child closes only its copy of the socket."""
        if os.getpid() != self._process:
            self._listener.socket.close()
            return
        self._listener.stop()
        self._thread.join()
        self._threads.stop()
