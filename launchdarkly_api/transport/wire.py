"""One request and its answer on the wire: how long they may take, and how much may come.

urllib3 bounds each wait for a part of an answer. An answer that trickles, or that never ends, stays
within that bound for ever. Here the connections of a pool read through a ``Wire``, which holds an
``Exchange`` to its deadline and to its number of bytes: in the head, in the body, in what frames
them, behind a proxy and in TLS alike.
"""

from __future__ import annotations

import contextvars
import http.client
import io
import socket
from typing import TYPE_CHECKING, Any

import urllib3.connection

if TYPE_CHECKING:
    from launchdarkly_api.clock import Clock

#: A status line, headers, and what comes before: ``100 Continue`` may come any number of times.
LARGEST_HEAD = 2**20
#: What frames a body is no larger than the body, unless it is made to be.
_FRAMING = 2
_BUFFER = 2**16
#: Servers close connections that are idle, and may be about to. A request that may not be repeated
#: gets a new one after so many seconds.
_FRESH = 2.0


class TooLarge(Exception):
    """More came than was let in."""


class Exchange:
    """What one request and its answer may take, and how far they got."""

    __slots__ = (
        "bytes_left",
        "clock",
        "deadline",
        "in_head",
        "read",
        "repeatable",
        "secrets",
        "sent",
    )

    def __init__(
        self,
        clock: Clock,
        read: float,
        deadline: float | None,
        repeatable: bool,
        secrets: tuple[str, ...] = (),
    ) -> None:
        self.clock: Clock = clock
        #: Seconds until the next part of the answer.
        self.read: float = read
        #: When everything must be there, by the clock's ``monotonic``.
        self.deadline = deadline
        #: Whether losing the connection is harmless, because the request can be sent again.
        self.repeatable: bool = repeatable
        #: What nobody may read of the request's target.
        self.secrets: tuple[str, ...] = secrets
        #: How much more may come; None is no bound.
        self.bytes_left: int | None = LARGEST_HEAD
        #: Whether the answer's head is not complete.
        self.in_head: bool = True
        #: Whether some of the request was sent: the service may have acted on it.
        self.sent: bool = False

    def let_body_in(self, most: int) -> None:
        """The head is read. A body of so many bytes may follow."""
        self.in_head = False
        self.bytes_left = LARGEST_HEAD + _FRAMING * most

    def release(self) -> None:
        """The caller of the library reads the body, and is bound by each wait alone."""
        self.in_head = False
        self.deadline = self.bytes_left = None


#: What goes on in this thread.
CURRENT: contextvars.ContextVar[Exchange | None] = contextvars.ContextVar("exchange", default=None)


class Wire(io.RawIOBase):
    """What a socket reads, within the bounds of an exchange."""

    def __init__(self, sock: socket.socket, exchange: Exchange) -> None:
        super().__init__()
        self._sock = sock
        self._exchange = exchange
        self._raw: Any = sock.makefile("rb", buffering=0)
        self._begun = False

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002
        """What ``http.client`` asks of a socket."""
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
            # To ``http.client`` a head that is cut off between two lines is complete.
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


class _FinalAnswer(http.client.HTTPResponse):
    """An answer that comes after any number of interim ones (RFC 9110, 15.2).

    To ``http.client`` 100 alone is an interim one, and what follows another is then taken for the
    answer to the next request.
    """

    def begin(self) -> None:
        super().begin()
        if self.status == http.client.SWITCHING_PROTOCOLS:
            # What comes next is not HTTP.
            self.will_close = True

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            line: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
            if not http.client.SWITCHING_PROTOCOLS < line[1] < http.client.OK:
                return line  # pyright: ignore[reportUnknownVariableType]
            http.client.parse_headers(self.fp)


class Connection(urllib3.connection.HTTPConnection):
    """A connection that knows what it is used for."""

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
        return _FinalAnswer(sock, *args, **kwargs)


class SecureConnection(  # pyright: ignore[reportIncompatibleVariableOverride]
    Connection, urllib3.connection.HTTPSConnection
):
    """The same with TLS."""
