"""One request and its response on the wire: how long they may take and how much may arrive.

urllib3 limits each wait for a part of a response. A response that trickles, or that never ends,
can stay within that limit forever. The connections defined here read through a ``Wire``, which
holds an ``Exchange`` to its deadline and to its number of bytes: in the head, in the body and in
the framing of the body, and also through a proxy and with TLS.

A pool uses them as long as urllib3's own connection classes are in place. If these were replaced
(by a recorder such as vcrpy, or by urllib3 itself in a browser), the pool uses the replacement, and
the limits here do not apply.
"""

from __future__ import annotations

import contextvars
import http.client
import io
import socket
from typing import TYPE_CHECKING, Any

# This module may be imported during a recording. A recorder replaces the classes in
# urllib3.connection, but urllib3.connectionpool keeps urllib3's own classes under these names.
from urllib3.connectionpool import (  # type: ignore[attr-defined]
    HTTPConnection,  # pyright: ignore[reportPrivateImportUsage]
    HTTPConnectionPool,
    HTTPSConnection,  # pyright: ignore[reportPrivateImportUsage]
    HTTPSConnectionPool,
)

if TYPE_CHECKING:
    from launchdarkly_api._support.clock import Clock
else:
    # Programs ask for annotations at run time too.
    Clock = Any

#: Bytes of a status line, headers, and interim responses, of which any number may arrive.
LARGEST_HEAD = 2**20
#: Bytes to accept for each byte of a body: only framing that is wasteful on purpose needs more.
_FRAMING = 2
_BUFFER = 2**16
#: Seconds. A server may be about to close an idle connection. If a connection was idle for longer,
#: a request that may not be repeated gets a new one.
_FRESH = 2.0


class TooLarge(Exception):
    """More arrived than is allowed."""


class Exchange:
    """The limits of one request and its response, and their progress."""

    __slots__ = ("bytes_left", "clock", "deadline", "in_head", "read", "repeatable", "sent")

    def __init__(self, clock: Clock, read: float, deadline: float | None, repeatable: bool) -> None:
        self.clock: Clock = clock
        #: Seconds to wait for the next part of the response.
        self.read: float = read
        #: When everything must have arrived, by the clock's ``monotonic``.
        self.deadline = deadline
        #: Whether losing the connection is harmless, because the request can be sent again.
        self.repeatable: bool = repeatable
        #: Bytes that may still arrive; ``None`` is unlimited.
        self.bytes_left: int | None = LARGEST_HEAD
        #: Whether the head of the response is incomplete.
        self.in_head: bool = True
        #: Whether the service may have received any part of the request. True unless one of the
        #: connections defined here reports that nothing was sent.
        self.sent: bool = True

    def admit_body(self, limit: int) -> None:
        """Allow a body of up to ``limit`` bytes to follow the head, which has been read."""
        self.in_head = False
        self.bytes_left = LARGEST_HEAD + _FRAMING * limit

    def release(self) -> None:
        """Limit only each wait from now on: the caller of the library reads the body."""
        self.in_head = False
        self.deadline = self.bytes_left = None


#: The exchange in progress in this context.
CURRENT: contextvars.ContextVar[Exchange | None] = contextvars.ContextVar("exchange", default=None)


class Wire(io.RawIOBase):
    """Reads from a socket, within the bounds of an exchange."""

    def __init__(self, sock: socket.socket, exchange: Exchange) -> None:
        super().__init__()
        self._sock = sock
        self._exchange = exchange
        # By position: mocks of sockets name this parameter differently.
        self._raw: Any = sock.makefile("rb", 0)
        self._begun = False

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002
        """Return a buffered reader, as ``http.client`` asks of a socket."""
        return io.BufferedReader(self, _BUFFER)

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._raw.fileno())

    def readinto(self, buffer: Any, /) -> int:
        exchange = self._exchange
        if exchange.deadline is not None:
            left = exchange.deadline - exchange.clock.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            self._sock.settimeout(min(left, exchange.read))
        count: int = self._raw.readinto(buffer)
        if not count and self._begun and exchange.in_head:
            # ``http.client`` takes a head that is cut off between two lines for a complete one.
            raise http.client.IncompleteRead(b"")
        self._begun = True
        if exchange.bytes_left is not None:
            exchange.bytes_left -= count
            if exchange.bytes_left < 0:
                raise TooLarge
        return count

    def close(self) -> None:
        super().close()
        self._raw.close()


class _FinalResponse(http.client.HTTPResponse):
    """The response that follows any number of interim ones (RFC 9110, 15.2).

    ``http.client`` skips only 100. It would take a 103 for the response, and the real response for
    the response to the next request.
    """

    def begin(self) -> None:
        super().begin()
        while http.client.SWITCHING_PROTOCOLS < self.status < http.client.OK:
            # ``begin`` reads another head only if there are no headers yet.
            self.headers = None  # type: ignore[assignment]
            super().begin()
        if self.status == http.client.SWITCHING_PROTOCOLS:
            # The bytes that follow are not HTTP.
            self.will_close = True


class Connection(HTTPConnection):
    """A connection that reads within the limits of the current exchange, and updates it."""

    #: 0 even if ``http.client`` sets it for all connections: it would print the access token.
    debuglevel = 0
    _used_at = 0.0
    #: The responses of the proxy while the connection is opened; ``None`` at other times.
    _tunnelling: list[http.client.HTTPResponse] | None = None

    @property
    def is_connected(self) -> bool:
        exchange = CURRENT.get()
        if exchange is not None and not exchange.repeatable:
            idle = exchange.clock.monotonic() - self._used_at
            return idle <= _FRESH and super().is_connected
        return super().is_connected

    def connect(self) -> None:
        exchange = CURRENT.get()
        if exchange is not None:
            exchange.sent = False
        responses: list[http.client.HTTPResponse] = []
        self._tunnelling = responses
        try:
            super().connect()
        finally:
            # Python before 3.11.4 leaves this to the garbage collector. Until then the socket of a
            # refused tunnel stays open.
            for response in responses:
                response.close()
            self._tunnelling = None

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is None:
            self.connect()
        exchange = CURRENT.get()
        if exchange is not None:
            exchange.sent = True
            self._used_at = exchange.clock.monotonic()
        super().request(*args, **kwargs)

    def response_class(self, sock: Any, *args: Any, **kwargs: Any) -> http.client.HTTPResponse:  # type: ignore[override]
        exchange = CURRENT.get()
        if exchange is not None:
            sock = Wire(sock, exchange)
        response = _FinalResponse(sock, *args, **kwargs)
        if self._tunnelling is not None:
            self._tunnelling.append(response)
        return response


class SecureConnection(  # pyright: ignore[reportIncompatibleVariableOverride]
    Connection, HTTPSConnection
):
    """The same connection with TLS."""


def connection_class(usual: Any) -> Any:
    """Return the class above in place of urllib3's own ``usual``, or ``usual`` if it is another."""
    return {HTTPConnection: Connection, HTTPSConnection: SecureConnection}.get(usual, usual)


def is_replaced() -> bool:
    """Whether urllib3's connection classes were replaced, for example by a recorder."""
    used: set[Any] = {HTTPConnectionPool.ConnectionCls, HTTPSConnectionPool.ConnectionCls}
    return used != {HTTPConnection, HTTPSConnection}
