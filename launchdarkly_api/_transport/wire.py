"""One request and its response on the wire: how long they may take and how much may arrive.

urllib3 bounds each wait for a part of a response. A response that trickles, or that never ends,
stays within that bound for ever. The connections defined here read through a ``Wire``, which holds
an ``Exchange`` to its deadline and to its number of bytes: in the head, in the body, in the framing
of the body, behind a proxy and in TLS alike.

A pool uses them as long as urllib3's own connection classes are in place. If somebody replaced
those (a recorder such as vcrpy, urllib3 itself in a browser), the pool uses the replacement, and
the protections here stand aside.
"""

from __future__ import annotations

import contextvars
import http.client
import io
import socket
from typing import TYPE_CHECKING, Any

# urllib3.connectionpool keeps urllib3's own classes under these names while a recorder has
# replaced those of urllib3.connection: this module may be imported in the middle of a recording.
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

#: A status line, headers, and interim responses, which may come any number of times.
LARGEST_HEAD = 2**20
#: The framing of a body is not larger than the body unless it is made to be.
_FRAMING = 2
_BUFFER = 2**16
#: Servers close idle connections, and may be about to. A request that may not be repeated gets a
#: new connection after this many seconds.
_FRESH = 2.0


class TooLarge(Exception):
    """More arrived than is allowed."""


class Exchange:
    """What one request and its response may take, and how far they got."""

    __slots__ = ("bytes_left", "clock", "deadline", "in_head", "read", "repeatable", "sent")

    def __init__(self, clock: Clock, read: float, deadline: float | None, repeatable: bool) -> None:
        self.clock: Clock = clock
        #: Seconds until the next part of the response.
        self.read: float = read
        #: When everything must have arrived, by the clock's ``monotonic``.
        self.deadline = deadline
        #: Whether losing the connection is harmless, because the request can be sent again.
        self.repeatable: bool = repeatable
        #: How much more may arrive; None is unbounded.
        self.bytes_left: int | None = LARGEST_HEAD
        #: Whether the head of the response is incomplete.
        self.in_head: bool = True
        #: Whether the service may have received any of the request. Connections that are not ours
        #: do not say, so it is assumed.
        self.sent: bool = True

    def admit_body(self, limit: int) -> None:
        """The head was read. A body of up to ``limit`` bytes may follow."""
        self.in_head = False
        self.bytes_left = LARGEST_HEAD + _FRAMING * limit

    def release(self) -> None:
        """The caller of the library reads the body, and only each wait is bounded."""
        self.in_head = False
        self.deadline = self.bytes_left = None


#: The exchange under way in this thread.
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

    ``http.client`` skips 100 alone. It would take 103 for the response, and the real response for
    that of the next request.
    """

    def begin(self) -> None:
        super().begin()
        while http.client.SWITCHING_PROTOCOLS < self.status < http.client.OK:
            # Without headers, ``begin`` reads a head.
            self.headers = None  # type: ignore[assignment]
            super().begin()
        if self.status == http.client.SWITCHING_PROTOCOLS:
            # The bytes that follow are not HTTP.
            self.will_close = True


class Connection(HTTPConnection):
    """A connection that knows the exchange it is used for."""

    #: Whatever is set for all of ``http.client``: it would print the access token.
    debuglevel = 0
    _used_at = 0.0

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
        super().connect()

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
        return _FinalResponse(sock, *args, **kwargs)


class SecureConnection(  # pyright: ignore[reportIncompatibleVariableOverride]
    Connection, HTTPSConnection
):
    """The same with TLS."""


def connection_class(usual: Any) -> Any:
    """Return the class to connect with, where urllib3's pool would use ``usual``."""
    return {HTTPConnection: Connection, HTTPSConnection: SecureConnection}.get(usual, usual)


def is_replaced() -> bool:
    """Whether somebody replaced urllib3's connection classes, such as a recorder."""
    used: set[Any] = {HTTPConnectionPool.ConnectionCls, HTTPSConnectionPool.ConnectionCls}
    return used != {HTTPConnection, HTTPSConnection}
