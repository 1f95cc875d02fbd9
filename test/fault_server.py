"""A server on raw sockets that follows a script, and records the requests.

``FaultServer(reset(), answer(503), answer())`` resets the connection of the first request, answers
the second one with 503 and the third with 200. A request after the end of the script is answered
with 200, so that a test sees it in ``server.requests`` and not as an error of another kind.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

#: An experiment, with the fields that the contract requires.
EXPERIMENT: dict[str, Any] = {
    "_id": "23e40866",
    "key": "exp",
    "name": "Experiment",
    "_maintainerId": "5f3b1c8e",
    "_creationDate": 1795451293781,
    "_links": {"self": {"href": "/api/v2/exp", "type": "application/json"}},
}
BODY = json.dumps(EXPERIMENT).encode()
Headers = Mapping[str, str] | Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Received:
    """A request as it came over the wire."""

    #: 1 for the first connection that the server accepted.
    connection: int
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    raw: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        """The value of a header, or None if it was not sent. It must not be sent twice."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) < 2, f"{name} came {len(values)} times"
        return values[0] if values else None


class Peer:
    """One connection, from the server's side."""

    def __init__(self, sock: socket.socket, number: int, server: FaultServer) -> None:
        self.sock = sock
        self.number = number
        self.server = server
        self._pending = b""

    def receive(self) -> Received | None:
        """The next request, or None if the client closed the connection."""
        while b"\r\n\r\n" not in self._pending:
            if not self._more():
                return None
        head, _, self._pending = self._pending.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        headers = [(name, value.strip()) for name, _, value in (x.partition(":") for x in lines)]
        length = int(next((v for k, v in headers if k.lower() == "content-length"), 0))
        while len(self._pending) < length:
            if not self._more():
                return None
        body, self._pending = self._pending[:length], self._pending[length:]
        return Received(self.number, method, target, headers, body, head + b"\r\n\r\n" + body)

    def _more(self) -> bool:
        part = self.sock.recv(65536)
        self._pending += part
        return bool(part)

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def reset(self) -> None:
        """Close with RST in place of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def wait_for_close(self) -> None:
        """Wait until the client closes the connection, or the server is stopped."""
        while not self.server.stopping.is_set():
            if select.select([self.sock], [], [], 0.05)[0]:
                with contextlib.suppress(OSError):
                    if not self.sock.recv(65536):
                        return
                    continue
                return


#: Reacts to a request; returns whether the connection stays open.
Reaction = Callable[[Peer], bool]


def before_reading(reaction: Reaction) -> Reaction:
    """React as soon as the connection is open, without reading a request."""

    def react(peer: Peer) -> bool:
        return reaction(peer)

    react.before_reading = True  # type: ignore[attr-defined]
    return react


def head(status: int = 200, headers: Headers = (), reason: str = "Reason") -> bytes:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in pairs)]
    return "\r\n".join((*lines, "", "")).encode("latin-1")


def answer(
    status: int = 200,
    body: bytes | str | dict[str, Any] = BODY,
    headers: Headers = (),
    *,
    reason: str = "Reason",
    keep: bool = True,
) -> Reaction:
    """Send a complete response."""
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    data = data.encode() if isinstance(data, str) else data
    pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
    names = {name.lower() for name, _ in pairs}
    if "content-length" not in names and "transfer-encoding" not in names and status != 204:
        pairs.append(("Content-Length", str(len(data))))
    return raw(head(status, pairs, reason) + data, keep=keep)


def raw(data: bytes, *, keep: bool = False) -> Reaction:
    """Send these bytes."""

    def react(peer: Peer) -> bool:
        peer.send(data)
        return keep

    return react


def reset(after: bytes = b"") -> Reaction:
    """Send these bytes, and reset the connection."""

    def react(peer: Peer) -> bool:
        peer.send(after)
        peer.reset()
        return False

    return react


def drop(after: bytes = b"") -> Reaction:
    """Send these bytes, and close the connection."""
    return raw(after)


def stall(after: bytes = b"") -> Reaction:
    """Send these bytes, and then nothing until the client closes the connection."""

    def react(peer: Peer) -> bool:
        peer.send(after)
        peer.wait_for_close()
        return False

    return react


def trickle(
    data: bytes, after_each: Callable[[], Any], first: bytes = b"", *, keep: bool = False
) -> Reaction:
    """Send byte after byte, for as long as the client listens."""

    def react(peer: Peer) -> bool:
        peer.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.send(first)
        for number in range(len(data)):
            if select.select([peer.sock], [], [], 0)[0]:
                break
            peer.send(data[number : number + 1])
            after_each()
        if not keep:
            peer.wait_for_close()
        return keep

    return react


def endless(part: bytes, first: bytes = b"") -> Reaction:
    """Send the same part again and again, for as long as the client listens."""

    def react(peer: Peer) -> bool:
        peer.send(first)
        while not peer.server.stopping.is_set():
            peer.send(part)
            peer.server.sent_endlessly += len(part)
        return False

    return react


def then(*reactions: Reaction) -> Reaction:
    """React in several ways to the same request, one after the other."""

    def react(peer: Peer) -> bool:
        return all(reaction(peer) for reaction in reactions)

    return react


def doing(work: Callable[[], Any]) -> Reaction:
    """Call a function in the server's thread."""

    def react(peer: Peer) -> bool:
        work()
        return True

    return react


class FaultServer:
    """Listens on this machine for as long as the ``with`` block lasts."""

    def __init__(
        self,
        *script: Reaction,
        context: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.requests: list[Received] = []
        #: The connections that were accepted, and the errors of failed TLS handshakes.
        self.connections = 0
        self.handshake_errors: list[Exception] = []
        self.sent_endlessly = 0
        self.stopping = threading.Event()
        self._next: list[Reaction] = list(script)
        self._changed = threading.Condition()
        self._context = context
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        self.problems: list[BaseException] = []

    @property
    def url(self) -> str:
        host, port = self.address
        scheme = "https" if self._context else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"

    def script(self, *reactions: Reaction) -> None:
        """Append to the script."""
        with self._changed:
            self._next += reactions

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for a connection or a request. A client that does not wait for a response is ahead.

        It returns after a while whether or not the condition holds, so that the test compares.
        """
        with self._changed:
            self._changed.wait_for(condition, 30)

    def __enter__(self) -> FaultServer:
        self._begin(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stopping.set()
        # On every platform, a connection wakes a blocked ``accept``; other means are not portable.
        with contextlib.suppress(OSError):
            socket.create_connection(self.address, 1).close()
        for sock in list(self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "a reaction does not end"
        self._listener.close()
        assert not self.problems, self.problems

    def _begin(self, work: Callable[..., Any], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            sock, _ = self._listener.accept()
            if self.stopping.is_set():
                sock.close()
                return
            with self._changed:
                self.connections += 1
                self._changed.notify_all()
            self._begin(self._serve, sock, self.connections)

    def _serve(self, sock: socket.socket, number: int) -> None:
        self._open.add(sock)
        try:
            if self._context is not None:
                self._open.discard(sock)
                sock = self._context.wrap_socket(
                    sock, server_side=True, do_handshake_on_connect=False
                )
                self._open.add(sock)
                if not self._shake_hands(sock):
                    return
            with contextlib.suppress(OSError):
                self.converse(Peer(sock, number, self))
        except BaseException as error:  # noqa: BLE001 - the test gets it
            self.problems.append(error)
        finally:
            self._open.discard(sock)
            sock.close()

    def _shake_hands(self, sock: ssl.SSLSocket) -> bool:
        try:
            sock.do_handshake()
        except OSError as error:
            self.handshake_errors.append(error)
            # To close with bytes unread is to reset, which would overtake the alert.
            sock.settimeout(5)
            with contextlib.suppress(OSError):
                while socket.socket.recv(sock, 65536):
                    pass
            return False
        return True

    def converse(self, peer: Peer) -> None:
        """Read requests and react, until one side closes the connection."""
        while True:
            reaction = self._taken_if_before_reading()
            if reaction is None:
                request = peer.receive()
                if request is None:
                    return
                reaction = self.reaction_to(request) or answer()
            if not reaction(peer):
                return

    def reaction_to(self, request: Received) -> Reaction | None:
        """Record a request, and take its reaction from the script, unless the script is over."""
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
            return self._next.pop(0) if self._next else None

    def _taken_if_before_reading(self) -> Reaction | None:
        with self._changed:
            if self._next and getattr(self._next[0], "before_reading", False):
                return self._next.pop(0)
        return None


@contextlib.contextmanager
def refusing() -> Generator[str, None, None]:
    """The URL of a port that is bound and on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
