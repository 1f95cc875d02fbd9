"""Well-formed requests: waitress's parser, and the checks that RFC 9112 lets a server add.

A server that forgives a malformed request may disagree with a gateway about where the next one
begins. The gateways of the service refuse such requests, so the sandbox does it too.
"""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false
# pyright: reportArgumentType=false, reportIncompatibleVariableOverride=false
# The types of waitress that pyright brings along differ from waitress.

from __future__ import annotations

import re
import threading
from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError, TransferEncodingNotImplemented
from waitress.receiver import ChunkedReceiver
from waitress.utilities import BadRequest

from launchdarkly_api.sandbox.service.problems import RefusedError, invalid

#: The maximum size of the request line and the headers together.
MAX_HEAD_BYTES = 65_536

#: The maximum size of the line before a chunk, and of the trailer.
MAX_CHUNK_LINE_BYTES = 8_192

#: The bytes that are kept of a malformed request line.
KNOWN_BYTES = 2_000

#: The first byte of a TLS client: a record of the type "handshake".
TLS_HANDSHAKE = b"\x16"

#: The name in the environment of the event that ends the request.
OVER = "launchdarkly.over"

_REQUEST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ [!-~]+ HTTP/([0-9]\.[0-9])")
_UNENDED_LINE = re.compile(rb"(?<!\r)\n")
_FORBIDDEN = re.compile(rb"(?<!\r)\n|\r(?!\n)|\n[ \t]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CODING = re.compile(rb"^transfer-encoding:([^\r]*)", re.IGNORECASE | re.MULTILINE)
_LENGTH = re.compile(rb"^content-length:", re.IGNORECASE | re.MULTILINE)
_HOST = re.compile(rb"^host:", re.IGNORECASE | re.MULTILINE)


def _malformed_line() -> RefusedError:
    return invalid(
        "The request line must be METHOD PATH HTTP/1.1 and end with CRLF. Percent-encode what the"
        " path holds."
    )


def _malformed_headers() -> RefusedError:
    return invalid(
        "A header must be NAME: VALUE on one line that ends with CRLF, without a blank before the"
        " colon and without control characters."
    )


def _problem_of_bytes(head: bytes, ended: bool) -> RefusedError | None:
    """Return what is wrong with a request line and headers, apart from their meaning."""
    line, line_end, _ = head.partition(b"\r\n")
    if len(head) > MAX_HEAD_BYTES:
        if len(line) < MAX_HEAD_BYTES and line_end:
            return RefusedError(
                431, None, f"The headers are larger than {MAX_HEAD_BYTES} bytes. Send less."
            )
        return RefusedError(
            414,
            None,
            f"The request line is larger than {MAX_HEAD_BYTES} bytes. Send a shorter path and"
            " query.",
        )
    found = (_FORBIDDEN if ended else _UNENDED_LINE).search(head)
    if found is None:
        return None
    return _malformed_line() if found.start() < len(line) else _malformed_headers()


def _problem_of_framing(head: bytes, version: bytes) -> RefusedError | None:
    """Return why it is uncertain where the request ends, or to which host it goes."""
    codings = [coding.strip(b" \t").lower() for coding in _CODING.findall(head)]
    if codings and (_LENGTH.search(head) or version == b"1.0"):
        return invalid("Send Content-Length or, with HTTP/1.1, Transfer-Encoding, but not both.")
    if codings and codings != [b"chunked"]:
        return RefusedError(
            501,
            None,
            "The only supported Transfer-Encoding is chunked, alone. Send the body without others.",
        )
    hosts = len(_HOST.findall(head))
    if hosts > 1 or (hosts == 0 and version == b"1.1"):
        return invalid("A request of HTTP/1.1 must have one Host header.")
    return None


class Parser(HTTPRequestParser):
    """One request, while its bytes arrive."""

    #: The method as it was sent, and empty if the request line is not one of HTTP.
    method: str = ""
    request_uri: str = ""
    #: Set if the sandbox is reset or stopped since the first bytes arrived.
    over: threading.Event

    def refuse(self, problem: RefusedError) -> None:
        """End the request: respond with the problem, and close the connection."""
        self.error: Any = BadRequest(problem)
        self.completed: bool = True

    def received(self, data: bytes) -> int:
        """Take the next bytes of the connection.

        Args:
            data: The bytes.

        Returns:
            How many of them belong to this request.
        """
        if not self.headers_finished:
            problem = self._problem_of_head(self.header_plus + data)
            if problem is not None:
                self._note_line(self.header_plus + data)
                self.refuse(problem)
                return len(data)
        consumed: int = super().received(data)
        body: Any = self.body_rcv
        if isinstance(body, ChunkedReceiver):
            if body.error:
                self.refuse(invalid("The chunks of the body are malformed."))
            elif max(len(body.control_line), len(body.trailer)) > MAX_CHUNK_LINE_BYTES:
                self.refuse(invalid("A line between the chunks, or the trailer, is too long."))
        if self.completed:
            # A refused body need not be sent at all, and waitress would wait for one of no bytes.
            self.expect_continue: bool = False
        return consumed

    def _problem_of_head(self, received: bytes) -> RefusedError | None:
        if received.startswith(TLS_HANDSHAKE):
            # A TLS client waits for a response before it ends a line.
            return invalid("This is TLS, and this port speaks plain HTTP. Use http:// in the URL.")
        head, end, _ = received.lstrip(b"\r\n").partition(b"\r\n\r\n")
        return _problem_of_bytes(head, bool(end))

    def _note_line(self, head: bytes) -> None:
        line = head.lstrip(b"\r\n")[:KNOWN_BYTES].split(b"\r\n")[0].decode("latin-1")
        method, target = [*line.split(maxsplit=2)[:2], "", ""][:2]
        if re.fullmatch(r"[A-Za-z-]+", method):
            self.method, self.request_uri = method, target

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the request line and the headers."""
        self._note_line(header_plus)
        method, blank, rest = header_plus.partition(b" ")
        error: Exception | None = None
        try:
            # waitress refuses a method in lower case. Here the application does it, which knows
            # the methods that a path allows.
            super().parse_header(method.upper() + blank + rest)
        except (ParsingError, TransferEncodingNotImplemented, ValueError) as caught:
            error = caught
        problem = self._problem_of_request(header_plus, error)
        if problem is not None:
            raise ParsingError(problem)

    def _problem_of_request(self, head: bytes, error: Exception | None) -> RefusedError | None:
        line = _REQUEST_LINE.fullmatch(head.partition(b"\r\n")[0])
        if line is None:
            return _malformed_line()
        if line[1] not in (b"1.0", b"1.1"):
            return RefusedError(
                505, None, "This port speaks HTTP/1.1 and HTTP/1.0. Choose one of them."
            )
        if isinstance(error, ValueError):
            return invalid(f"The URL in the request line or the length is malformed: {error}.")
        if isinstance(error, ParsingError) and "Content-Length" not in str(error):
            return _malformed_headers()
        problem = _problem_of_framing(head, line[1])
        if problem is None and error is not None:
            return invalid("Content-Length must be one whole number of bytes.")
        return problem
