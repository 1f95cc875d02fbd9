"""The faults that the guide lists: what happens, what the library does, what the caller sees.

Each row of the guide's table is a ``Row`` here, and each of its cases is a test.
"""

from __future__ import annotations

import email.utils
import gzip
import json
import zlib
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from launchdarkly_api.exceptions import (
    ApiConnectionException,
    ApiException,
    ApiTimeoutException,
    ApiTypeError,
    BadRequestException,
    ConflictException,
    ForbiddenException,
    MethodNotAllowedException,
    NotFoundException,
    RateLimitedException,
    ServiceException,
    UnauthorizedException,
    UnprocessableEntityException,
)
from test.fault_server import (
    BODY,
    EXPERIMENT,
    FaultServer,
    Reaction,
    answer,
    before_reading,
    drop,
    endless,
    head,
    raw,
    refusing,
    reset,
    stall,
    trickle,
)
from test.resilience.certificates import DAY, Authority
from test.resilience.proxies import ProxyServer
from test.resilience.tools import RecordingClock

Script = Sequence[Reaction] | Callable[[RecordingClock], Sequence[Reaction]]


class Place(NamedTuple):
    """Where a fault happens."""

    url: str
    #: Who counts the requests; None where nobody is there.
    server: FaultServer | None
    settings: Mapping[str, Any] = {}


#: Makes a place, with certificates of this authority where it needs some.
Setting = Callable[[Authority, Sequence[Reaction]], AbstractContextManager[Place]]


@contextmanager
def server(authority: Authority, script: Sequence[Reaction]) -> Generator[Place, None, None]:
    """A server without TLS."""
    with FaultServer(*script) as running:
        yield Place(running.url, running)


@contextmanager
def nobody(authority: Authority, script: Sequence[Reaction]) -> Generator[Place, None, None]:
    """A port where nobody listens."""
    with refusing() as url:
        yield Place(url, None)


@contextmanager
def no_name(authority: Authority, script: Sequence[Reaction]) -> Generator[Place, None, None]:
    """A host that does not exist (RFC 6761)."""
    yield Place("https://no-such-host.invalid", None)


def tls(*hosts: str, trusted: bool = True, **details: Any) -> Setting:
    """A server with a certificate for these hosts; the client trusts the CA, or another."""

    @contextmanager
    def setting(authority: Authority, script: Sequence[Reaction]) -> Generator[Place, None, None]:
        clients = details.get("clients") and authority
        pair = authority.issue(*hosts, age=details.get("age", DAY))
        context = authority.server_context(pair, clients=clients)
        with FaultServer(*script, context=context) as running:
            settings = {"ssl_ca_cert": str(authority.path)} if trusted else {}
            yield Place(running.url, running, settings)

    return setting


@contextmanager
def no_tls(authority: Authority, script: Sequence[Reaction]) -> Generator[Place, None, None]:
    """A server that does not speak TLS, called as if it did."""
    with FaultServer(*script) as running:
        yield Place(running.url.replace("http:", "https:"), running)


@contextmanager
def proxy(authority: Authority, script: Sequence[Reaction]) -> Generator[Place, None, None]:
    """A proxy before a server without TLS."""
    with ProxyServer(*script, authorization="none") as running:
        yield Place("http://127.0.0.9", running, {"proxy": running.url})


@contextmanager
def tunnel(authority: Authority, script: Sequence[Reaction]) -> Generator[Place, None, None]:
    """A proxy before a server with TLS."""
    context = authority.server_context(authority.issue("service.test"))
    trust = {"ssl_ca_cert": str(authority.path)}
    with (
        FaultServer(context=context) as origin,
        ProxyServer(*script, upstream=origin, authorization=None) as running,
    ):
        yield Place("https://service.test", running, {"proxy": running.url, **trust})


@contextmanager
def no_proxy_there(
    authority: Authority, script: Sequence[Reaction]
) -> Generator[Place, None, None]:
    """A proxy that is not there."""
    with refusing() as url:
        yield Place("https://service.test", None, {"proxy": url})


@dataclass(frozen=True)
class Case:
    """One fault, and what must come of it."""

    name: str
    script: Script
    method: str = "GET"
    #: How many requests arrive.
    requests: int = 1
    #: The waits asked for: exactly these seconds, or so many that are random.
    waits: Sequence[float] | int = ()
    #: What the caller gets; None where the call succeeds.
    raises: type[Exception] | None = None
    status: int | None = None
    #: What the message says.
    says: str = ""
    retry_after: float | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    place: Setting = server
    #: How many tries there are, where they do not all arrive.
    tries: int | None = None


@dataclass(frozen=True)
class Row:
    """A row of the guide."""

    happens: str
    does: str
    sees: str
    cases: Sequence[Case]


WRITES_ONCE = ("POST", "PATCH")
REPEATED = ("GET", "PUT", "DELETE")
CUT = head(200, {"Content-Length": str(len(BODY))}) + BODY[:40]
HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"
SHORT = {"timeout": (5, 0.05)}


def _everywhere(
    name: str,
    reaction: Reaction,
    says: str,
    kind: type[Exception] = ApiConnectionException,
    settings: Mapping[str, Any] | None = None,
) -> list[Case]:
    """A fault without an answer: repeated where that is safe, and never where it is not."""
    given = settings or {}
    return [
        *(
            Case(
                f"{name} {method} for ever",
                [reaction] * 4,
                method,
                4,
                3,
                kind,
                0,
                says,
                settings=given,
            )
            for method in REPEATED
        ),
        Case(f"{name} GET twice", [reaction] * 2, "GET", 3, 2, settings=given),
        *(
            Case(f"{name} {method}", [reaction], method, 1, (), kind, 0, says, settings=given)
            for method in WRITES_ONCE
        ),
    ]


def _limited(clock: RecordingClock, ahead: float, **more: str) -> dict[str, str]:
    return {
        "X-Ratelimit-Global-Remaining": "0",
        "X-Ratelimit-Reset": clock.milliseconds(ahead),
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


def _date(clock: RecordingClock, ahead: float) -> str:
    return email.utils.formatdate(clock.now() + ahead, usegmt=True)


def _chunked(*parts: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    framed = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return head(200, {"Transfer-Encoding": "chunked"}) + framed + end


def _coded(coding: str, data: bytes) -> Reaction:
    return answer(200, data, {"Content-Encoding": coding})


def _flipped(data: bytes, at: int) -> bytes:
    """The same with one byte changed."""
    changed = bytearray(data)
    changed[at] ^= 0xFF
    return bytes(changed)


def _bare_deflate(data: bytes) -> bytes:
    squeezer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeezer.compress(data) + squeezer.flush()


WHOLE = head(200, {"Content-Length": str(len(BODY))}) + BODY
GZIP = {"Content-Encoding": "gzip"}
TWO_MEMBERS = gzip.compress(BODY[:9]) + gzip.compress(BODY[9:])
#: 4 KB that become 4 MB.
BOMB = gzip.compress(b"[" + b" " * 2**22 + b"]")
SMALL = {"max_response_bytes": 10_000}
NONSENSE = ("soon", "-5", "nan", "1e999", "", "1_000", "\N{SUPERSCRIPT TWO}", "Mon, 99 Foo 2026")
REJECTED: Sequence[tuple[int, type[ApiException]]] = (
    (400, BadRequestException),
    (401, UnauthorizedException),
    (403, ForbiddenException),
    (404, NotFoundException),
    (405, MethodNotAllowedException),
    (422, UnprocessableEntityException),
    (408, ApiException),
    (418, ApiException),
    (501, ServiceException),
    (304, ApiException),
)

ROWS: Sequence[Row] = (
    Row(
        "No connection can be made: refused, a name that is not found, TLS that breaks off",
        "Repeats every call up to three times, after random waits that grow: nothing was sent",
        "The answer of a later try, or `ApiConnectionException`",
        [
            *(
                Case(
                    f"{name} {method}",
                    [],
                    method,
                    0,
                    3,
                    ApiConnectionException,
                    0,
                    says,
                    place=place,
                    tries=4,
                )
                for method in ("GET", "POST")
                for name, place, says in (
                    ("refused", nobody, "could not be made: Connection refused"),
                    ("no name", no_name, "name could not be resolved; see Configuration.host"),
                )
            ),
            *(
                Case(
                    f"TLS reset {method}",
                    [before_reading(reset())] * 4,
                    method,
                    0,
                    3,
                    ApiConnectionException,
                    0,
                    "",
                    place=no_tls,
                    tries=4,
                )
                for method in ("GET", "POST")
            ),
        ],
    ),
    Row(
        "The server's certificate is refused: another CA, expired, not yet valid, another host",
        "Sends nothing, and does not try again",
        "`ApiConnectionException`, which says what to set: `ssl_ca_cert`, `host`, the clock",
        [
            Case(
                f"{name} {method}",
                [],
                method,
                0,
                (),
                ApiConnectionException,
                0,
                says,
                place=place,
                tries=1,
            )
            for method in ("GET", "POST")
            for name, place, says in (
                ("another CA", tls("127.0.0.1", trusted=False), "set Configuration.ssl_ca_cert"),
                ("expired", tls("127.0.0.1", age=9 * DAY), "expired; look at this machine's clock"),
                ("not yet valid", tls("127.0.0.1", age=-9 * DAY), "this machine's clock"),
                ("another host", tls("127.0.0.2"), "see Configuration.host, or set Configuration."),
            )
        ],
    ),
    Row(
        "The server asks for a client certificate, and none is set",
        "Does not try again",
        "`ApiConnectionException`, which says to set `cert_file` and `key_file`",
        [
            Case(
                "client certificate",
                [],
                "GET",
                0,
                (),
                ApiConnectionException,
                0,
                "set Configuration.cert_file",
                place=tls("127.0.0.1", clients=True),
                tries=1,
            ),
        ],
    ),
    Row(
        "The port does not speak TLS",
        "Sends nothing, and does not try again",
        "`ApiConnectionException`",
        [
            Case(
                "no TLS",
                [before_reading(raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"))],
                "POST",
                0,
                (),
                ApiConnectionException,
                0,
                "does not speak it",
                place=no_tls,
                tries=1,
            ),
        ],
    ),
    Row(
        "The proxy cannot be reached, loses the connection, or opens no tunnel (502, 503, 504)",
        "Repeats every call: nothing was sent to the service",
        "The answer of a later try, or `ApiConnectionException`, which names the proxy",
        [
            Case(
                "no proxy",
                [],
                "POST",
                0,
                3,
                ApiConnectionException,
                0,
                "the proxy failed: the connection could not be made",
                place=no_proxy_there,
                tries=4,
            ),
            Case(
                "proxy resets",
                [reset()] * 4,
                "POST",
                4,
                3,
                ApiConnectionException,
                0,
                "the connection was lost",
                place=tunnel,
            ),
            *(
                Case(
                    f"proxy {status}",
                    [answer(status, "", keep=False)] * 4,
                    "POST",
                    4,
                    3,
                    ApiConnectionException,
                    0,
                    f"the proxy answered {status}; see Configuration.proxy",
                    place=tunnel,
                )
                for status in (502, 503, 504)
            ),
            Case("proxy 502 once", [answer(502, "", keep=False)], "POST", 2, 1, place=tunnel),
        ],
    ),
    Row(
        "The proxy refuses: it asks for a password (407), or forbids the host (403)",
        "Does not try again",
        "`ApiConnectionException` where it was to be a tunnel, else `ApiException` with the"
        " status; both say to see `Configuration.proxy`",
        [
            Case(
                "tunnel 407",
                [answer(407, "", keep=False)],
                "GET",
                1,
                (),
                ApiConnectionException,
                0,
                "put them into Configuration.proxy",
                place=tunnel,
            ),
            Case(
                "tunnel 403",
                [answer(403, "", keep=False)],
                "GET",
                1,
                (),
                ApiConnectionException,
                0,
                "see Configuration.proxy",
                place=tunnel,
            ),
            Case(
                "forward 407",
                [],
                "GET",
                1,
                (),
                ApiException,
                407,
                "into Configuration.proxy",
                place=proxy,
            ),
        ],
    ),
    Row(
        "The connection is lost before an answer comes: reset, or closed",
        "Repeats GET, PUT and DELETE up to three times, after random waits that grow. Sends POST"
        " and PATCH once: the service may have acted on them.",
        "The answer of a later try, or `ApiConnectionException`",
        [
            *_everywhere("reset", reset(), "the connection was lost"),
            *_everywhere("closed", drop(), "the connection was lost"),
            Case("reset before it is read", [before_reading(reset()), answer()], "GET", 1, 1),
        ],
    ),
    Row(
        "The answer is cut off: in its status line, its headers, its body, a chunk",
        "The same",
        "The same; the message says that the answer was cut off",
        [
            *_everywhere("cut body", drop(CUT), "cut off"),
            *_everywhere("cut headers", drop(head(200)[:-2]), "cut off"),
            *(
                Case(name, [drop(data)] * 4, "GET", 4, 3, ApiConnectionException, 0, "cut off")
                for name, data in {
                    "cut status line": b"HTTP/1.1 20",
                    "cut header line": b"HTTP/1.1 200 OK\r\nContent-Le",
                    "cut chunk": _chunked(BODY, end=b"40\r\nabc"),
                    "cut between chunks": _chunked(BODY, end=b""),
                }.items()
            ),
            Case(
                "reset in the body",
                [reset(CUT)] * 4,
                "GET",
                4,
                3,
                ApiConnectionException,
                0,
                "lost",
            ),
        ],
    ),
    Row(
        "No answer in time, or the rest of it is late",
        "The same",
        "`ApiTimeoutException`, which is a `TimeoutError`, if all tries are late",
        [
            *_everywhere("silence", stall(), "in time", ApiTimeoutException, SHORT),
            Case(
                "silence in the head",
                [stall(b"HTTP/1.1 200")] * 4,
                "GET",
                4,
                3,
                ApiTimeoutException,
                0,
                "in time",
                settings=SHORT,
            ),
            Case(
                "silence in the body",
                [stall(CUT)] * 4,
                "GET",
                4,
                3,
                ApiTimeoutException,
                0,
                "in time",
                settings=SHORT,
            ),
        ],
    ),
    Row(
        "The answer trickles, in its head or in its body, and the call has a time for the whole"
        " (a number as timeout)",
        "Stops reading when the time is up",
        "`ApiTimeoutException`",
        [
            Case(
                f"trickle {place} {method}",
                script,
                method,
                1,
                (),
                ApiTimeoutException,
                0,
                "in time",
                settings={"retries": 0, "timeout": 10},
            )
            for method in ("GET", "POST")
            for place, script in {
                "in the head": lambda c: [
                    trickle(b"X-Slow: " + b"y" * 100, lambda: c.advance(1), b"HTTP/1.1 200 OK\r\n")
                ],
                "in the body": lambda c: [
                    trickle(BODY, lambda: c.advance(1), head(200, {"Content-Length": "2000"}))
                ],
                "in chunks": lambda c: [
                    trickle(b"1\r\n \r\n" * 99, lambda: c.advance(1), _chunked(end=b""))
                ],
            }.items()
        ],
    ),
    Row(
        "The service fails: 500, 502 (an HTML page of a gateway), 503, 504",
        "Repeats GET, PUT and DELETE up to three times. Sends POST and PATCH once.",
        "The answer of a later try, or `ServiceException` with the last status and body",
        [
            *(
                Case(
                    f"{status} {method} for ever",
                    [answer(status, HTML)] * 4,
                    method,
                    4,
                    3,
                    ServiceException,
                    status,
                    "502 Bad Gateway",
                )
                for status in (500, 502, 503, 504)
                for method in REPEATED
            ),
            *(
                Case(
                    f"{status} {method}",
                    [answer(status, HTML)],
                    method,
                    1,
                    (),
                    ServiceException,
                    status,
                    "502 Bad Gateway",
                )
                for status in (500, 502, 503, 504)
                for method in WRITES_ONCE
            ),
            Case("503 once", [answer(503), answer()], "GET", 2, 1),
        ],
    ),
    Row(
        "The service fails and says when to come back: `Retry-After`, in seconds or as a date",
        "Waits as long as that",
        "The same",
        [
            Case("503 in seconds", [answer(503, "", {"Retry-After": "7"})], "GET", 2, [7.0]),
            Case(
                "503 as a date",
                lambda c: [answer(503, "", {"Retry-After": _date(c, 9)})],
                "GET",
                2,
                [9.0],
            ),
            Case(
                "503 as a date that is past",
                lambda c: [answer(503, "", {"Retry-After": _date(c, -9)})],
                "GET",
                2,
                [0.0],
            ),
            Case(
                "503 as a date of a clock that is an hour ahead",
                lambda c: [
                    answer(503, "", {"Retry-After": _date(c, 3609), "Date": _date(c, 3600)})
                ],
                "GET",
                2,
                [9.0],
            ),
            Case("503 at once", [answer(503, "", {"Retry-After": "0"})], "GET", 2, [0.0]),
        ],
    ),
    Row(
        "429, too many calls",
        "Waits for `Retry-After`, else until the spent limit is reset, else a random time, and"
        " repeats every call: the service did not act on it",
        "The answer of a later try, or `RateLimitedException`",
        [
            *(
                Case(
                    f"429 Retry-After {method}",
                    [answer(429, "", {"Retry-After": "3"})],
                    method,
                    2,
                    [3.0],
                )
                for method in (*REPEATED, *WRITES_ONCE)
            ),
            Case(
                "429 until the reset", lambda c: [answer(429, "", _limited(c, 4))], "POST", 2, [4.0]
            ),
            Case(
                "429 Retry-After before the reset",
                lambda c: [answer(429, "", _limited(c, 9, Retry_After="2"))],
                "GET",
                2,
                [2.0],
            ),
            Case(
                "429 with a reset that is past",
                lambda c: [answer(429, "", _limited(c, -4))],
                "GET",
                2,
                1,
            ),
            Case("429 without a word", [answer(429, "")], "POST", 2, 1),
            Case(
                "429 for ever",
                [answer(429, {"code": "rate_limited", "message": "Slow down"})] * 4,
                "POST",
                4,
                3,
                RateLimitedException,
                429,
                "Slow down [rate_limited]",
            ),
            *(
                Case(
                    f"429 Retry-After {text!r}",
                    [answer(429, "", {"Retry-After": text})],
                    "GET",
                    2,
                    1,
                )
                for text in NONSENSE
            ),
        ],
    ),
    Row(
        "The wait that is asked for is longer than what the earlier waits of the call left of"
        " `Configuration.max_retry_wait`",
        "Does not wait",
        "The exception of that response at once, with `retry_after` set",
        [
            Case(
                "429 for an hour",
                [answer(429, "", {"Retry-After": "3600"})],
                "GET",
                1,
                (),
                RateLimitedException,
                429,
                "asks to wait 3600 s",
                3600.0,
            ),
            Case(
                "503 for an hour",
                [answer(503, "", {"Retry-After": "3600"})],
                "GET",
                1,
                (),
                ServiceException,
                503,
                "asks to wait 3600 s",
                3600.0,
            ),
            Case(
                "429 for 1e300 s",
                [answer(429, "", {"Retry-After": "9" * 300})],
                "GET",
                1,
                (),
                RateLimitedException,
                429,
                "asks to wait 1e+300 s",
                float("9" * 300),
            ),
            Case(
                "429 reset in an hour",
                lambda c: [answer(429, "", _limited(c, 3600))],
                "POST",
                1,
                (),
                RateLimitedException,
                429,
                "asks to wait 3600 s",
                3600.0,
            ),
            Case(
                "429 above a limit of one's own",
                [answer(429, "", {"Retry-After": "2"})],
                "GET",
                1,
                (),
                RateLimitedException,
                429,
                "asks to wait 2 s",
                2.0,
                settings={"max_retry_wait": 1},
            ),
        ],
    ),
    Row(
        "The service refuses: 400, 401, 403, 404, 405, 409, 422, any other status",
        "Sends the call once. A 409 may be for good, and is never repeated.",
        "The exception of that status, with `code`, `message` and `error`",
        [
            *(
                Case(
                    f"{status} {method}",
                    [answer(status, {"message": "No"})],
                    method,
                    1,
                    (),
                    kind,
                    status,
                    "No",
                )
                for status, kind in REJECTED
                for method in ("GET", "POST")
                if status != 304
            ),
            *(
                Case(
                    f"409 {method}",
                    [answer(409, {"code": "c", "message": "No"})],
                    method,
                    1,
                    (),
                    ConflictException,
                    409,
                    "No [c]",
                )
                for method in (*REPEATED, *WRITES_ONCE)
            ),
            Case("401 without a body", [answer(401, "")], "GET", 1, (), UnauthorizedException, 401),
            Case("304", [answer(304, "")], "GET", 1, (), ApiException, 304),
        ],
    ),
    Row(
        "A GET is redirected within the same origin",
        "Follows, up to five times",
        "The answer from there",
        [
            *(
                Case(
                    f"{status} within",
                    [answer(status, "", {"Location": "/elsewhere?x=1"})],
                    "GET",
                    2,
                )
                for status in (301, 302, 303, 307, 308)
            ),
            Case(
                "five within", [answer(302, "", {"Location": f"/{n}"}) for n in range(5)], "GET", 6
            ),
            Case(
                "for ever",
                [answer(302, "", {"Location": "/again"})] * 6,
                "GET",
                6,
                (),
                ApiException,
                302,
                "not followed to /again, after 5 others",
            ),
        ],
    ),
    Row(
        "A GET is redirected to another origin, or to nowhere",
        "Does not follow: the token, cookies and headers are for nobody else",
        "`ApiException` with the status and the reason",
        [
            *(
                Case(
                    f"to {place}",
                    [answer(302, "", {"Location": place})],
                    "GET",
                    1,
                    (),
                    ApiException,
                    302,
                    "only http://127.0.0.1",
                )
                for place in (
                    "http://127.0.0.2/x",
                    "//127.0.0.2/x",
                    "https://127.0.0.1/x",
                    "http://user@127.0.0.1/x",
                    "http://127.0.0.1:1/x",
                    "http://127.0.0.1\\@127.0.0.2/x",
                    "file:///etc/passwd",
                )
            ),
            Case(
                "to no URL",
                [answer(302, "", {"Location": "http://[x"})],
                "GET",
                1,
                (),
                ApiException,
                302,
                "is no URL",
            ),
            Case(
                "to nowhere",
                [answer(302, "")],
                "GET",
                1,
                (),
                ApiException,
                302,
                "does not say where to",
            ),
        ],
    ),
    Row(
        "A write is redirected",
        "Does not follow, not even within the origin: it must not be done twice",
        "`ApiException` with the status and the reason",
        [
            Case(
                f"{status} {method}",
                [answer(status, "", {"Location": "/elsewhere"})],
                method,
                1,
                (),
                ApiException,
                status,
                f"a {method} is not sent again elsewhere (to /elsewhere)",
            )
            for status in (301, 302, 303, 307, 308)
            for method in ("POST", "PUT", "PATCH", "DELETE")
        ],
    ),
    Row(
        "What comes is not HTTP, or breaks its rules",
        "Repeats GET, PUT and DELETE, and not POST and PATCH",
        "`ApiConnectionException`",
        [
            *(
                Case(name, [raw(data)] * 4, "GET", 4, 3, ApiConnectionException, 0, "is not HTTP")
                for name, data in {
                    "garbage": b"\x00\xff\x1b[2J garbage\r\n\r\n",
                    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
                    "a status of no sense": b"HTTP/1.1 9999 What\r\n\r\n",
                    "a hundred headers and more": head(200, [("X", "y")] * 200),
                    "a header that is too long": head(200, {"X": "y" * 70_000}),
                    "two lengths": head(200, [("Content-Length", "5"), ("Content-Length", "7")]),
                }.items()
            ),
            Case(
                "garbage POST",
                [raw(b"garbage\r\n\r\n")],
                "POST",
                1,
                (),
                ApiConnectionException,
                0,
                "is not HTTP",
            ),
            Case(
                "a chunk of no size",
                [raw(_chunked(BODY, end=b"xyz\r\n"))] * 4,
                "GET",
                4,
                3,
                ApiConnectionException,
                0,
                "got no answer",
            ),
        ],
    ),
    Row(
        "The response's compression is broken or cut off, or one that cannot be decoded",
        "Repeats as after a cut response. Does not repeat if it cannot decode the coding.",
        "`ApiConnectionException`",
        [
            Case(
                "no gzip",
                [_coded("gzip", b"no gzip")] * 4,
                "GET",
                4,
                3,
                ApiConnectionException,
                0,
                "compression is broken",
            ),
            Case(
                "no gzip POST",
                [_coded("gzip", b"no gzip")],
                "POST",
                1,
                (),
                ApiConnectionException,
                0,
                "compression is broken",
            ),
            *(
                Case(
                    name,
                    [_coded(coding, data)] * 4,
                    "GET",
                    4,
                    3,
                    ApiConnectionException,
                    0,
                    "compression is broken",
                )
                for name, coding, data in (
                    ("gzip that another member is cut off of", "gzip", TWO_MEMBERS[:-9]),
                    ("gzip with a broken second member", "gzip", _flipped(TWO_MEMBERS, -7)),
                    ("gzip with a wrong checksum", "gzip", _flipped(gzip.compress(BODY), -7)),
                    ("deflate that ends early", "deflate", zlib.compress(BODY)[:-5]),
                    ("bare deflate that ends early", "deflate", _bare_deflate(BODY)[:-5]),
                )
            ),
            Case(
                "gzip shorter than its length",
                [
                    raw(
                        head(200, {"Content-Encoding": "gzip", "Content-Length": "999"})
                        + gzip.compress(BODY)
                    )
                ]
                * 4,
                "GET",
                4,
                3,
                ApiConnectionException,
                0,
                "cut off",
            ),
            Case(
                "gzip longer than its length",
                [
                    raw(
                        head(200, {"Content-Encoding": "gzip", "Content-Length": "30"})
                        + gzip.compress(BODY)
                    )
                ]
                * 4,
                "GET",
                4,
                3,
                ApiConnectionException,
                0,
                "compression is broken",
            ),
            Case(
                "gzip that ends early",
                [_coded("gzip", gzip.compress(BODY)[:-9])] * 4,
                "GET",
                4,
                3,
                ApiConnectionException,
                0,
                "compression is broken",
            ),
            Case(
                "no deflate",
                [_coded("deflate", b"no deflate")] * 4,
                "GET",
                4,
                3,
                ApiConnectionException,
                0,
                "compression is broken",
            ),
            Case(
                "another coding",
                [_coded("compress", BODY)],
                "GET",
                1,
                (),
                ApiConnectionException,
                0,
                "'compress'",
            ),
            Case(
                "two codings",
                [_coded("gzip, gzip", gzip.compress(gzip.compress(BODY)))],
                "GET",
                1,
                (),
                ApiConnectionException,
                0,
                "'gzip, gzip'",
            ),
        ],
    ),
    Row(
        "The answer is compressed, or framed in an unusual way, and is right",
        "Reads it",
        "The answer",
        [
            *(
                Case(name, [_coded(coding, data)])
                for name, coding, data in (
                    ("gzip", "gzip", gzip.compress(BODY)),
                    ("x-gzip", "X-GZIP", gzip.compress(BODY)),
                    (
                        "gzip in two members",
                        "gzip",
                        gzip.compress(BODY[:9]) + gzip.compress(BODY[9:]),
                    ),
                    ("gzip with padding", "gzip", gzip.compress(BODY) + b"\0" * 9),
                    ("gzip with one byte of padding", "gzip", gzip.compress(BODY) + b"\n"),
                    ("gzip with much padding", "gzip", gzip.compress(BODY) + b"\0\x1f" * 9999),
                    ("deflate with a line break", "deflate", zlib.compress(BODY) + b"\r\n"),
                    ("bare deflate with padding", "deflate", _bare_deflate(BODY) + b"\r\n"),
                    ("gzip, and no coding", "identity, gzip", gzip.compress(BODY)),
                    ("deflate", "deflate", zlib.compress(BODY)),
                    ("bare deflate", "deflate", _bare_deflate(BODY)),
                    ("identity", "identity", BODY),
                )
            ),
            Case("chunks", [raw(_chunked(BODY[:9], BODY[9:]))]),
            Case("no length of gzip", [raw(head(200, GZIP) + gzip.compress(BODY))]),
            Case("an empty body of gzip", [answer(204, b"", GZIP)], "DELETE"),
            Case("no member of gzip", [_coded("gzip", b"")], "DELETE"),
            Case(
                "chunks of gzip and padding",
                [
                    answer(
                        200,
                        b"".join(
                            b"%x\r\n%b\r\n" % (len(part), part)
                            for part in (gzip.compress(BODY), b"\0" * 99_999, b"")
                        ),
                        {"Transfer-Encoding": "chunked", **GZIP},
                    )
                ],
            ),
            Case(
                "chunks of gzip",
                [
                    raw(
                        head(200, {"Transfer-Encoding": "chunked", "Content-Encoding": "gzip"})
                        + b"%x\r\n%b\r\n0\r\n\r\n" % (len(gzip.compress(BODY)), gzip.compress(BODY))
                    )
                ],
            ),
            Case(
                "chunks with extensions and trailers",
                [
                    raw(
                        head(200, {"Transfer-Encoding": "chunked"})
                        + b"%x;a=b\r\n%b\r\n0\r\nX-Trailer: y\r\n\r\n" % (len(BODY), BODY)
                    )
                ],
            ),
            Case("no length", [raw(head(200) + BODY)]),
            Case(
                "the same length twice",
                [raw(head(200, [("Content-Length", str(len(BODY)))] * 2) + BODY)],
            ),
            Case("a length of no sense", [raw(head(200, {"Content-Length": "many"}) + BODY)]),
            Case(
                "100 Continue first", [raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + head(200) + BODY)]
            ),
            Case("HTTP/1.0", [raw(b"HTTP/1.0 200 OK\r\n\r\n" + BODY)]),
            Case("no reason", [raw(b"HTTP/1.1 200\r\n\r\n" + BODY)]),
            Case(
                "a byte at a time",
                lambda c: [
                    trickle(
                        BODY, lambda: None, head(200, {"Content-Length": str(len(BODY))}), keep=True
                    )
                ],
            ),
        ],
    ),
    Row(
        "Interim answers come first: 100, 102, 103, any number of them",
        "Skips them",
        "The answer",
        [
            Case(f"{status} {method}", [raw(head(status) * 3 + WHOLE, keep=True)], method)
            for status in (100, 102, 103)
            for method in ("GET", "POST")
        ],
    ),
    Row(
        "The answer is larger than `Configuration.max_response_bytes`, before or after"
        " decompression, or has no end",
        "Stops reading and closes the connection",
        "`ApiException`, of the status where it is an error",
        [
            Case(
                "a gzip bomb",
                [_coded("gzip", BOMB)],
                "GET",
                1,
                (),
                ApiException,
                200,
                "larger",
                settings=SMALL,
            ),
            Case(
                "a deflate bomb",
                [_coded("deflate", zlib.compress(b" " * 2**22))],
                "GET",
                1,
                (),
                ApiException,
                200,
                "larger",
                settings=SMALL,
            ),
            Case(
                "a bomb as an error",
                [_coded("gzip", BOMB), answer(500, BOMB, {"Content-Encoding": "gzip"})][1:],
                "GET",
                1,
                (),
                ServiceException,
                500,
                "larger",
                settings=SMALL,
            ),
            Case(
                "a length that is too large",
                [stall(head(200, {"Content-Length": "10001"}))],
                "GET",
                1,
                (),
                ApiException,
                200,
                "larger",
                settings=SMALL,
            ),
            Case(
                "no end",
                [endless(b"x" * 4096, head(200))],
                "GET",
                1,
                (),
                ApiException,
                200,
                "larger",
                settings=SMALL,
            ),
            Case(
                "no end of chunks",
                [endless(b"1\r\nx\r\n" * 999, _chunked(end=b""))],
                "GET",
                1,
                (),
                ApiException,
                200,
                "larger",
                settings=SMALL,
            ),
            Case(
                "no end of gzip that is empty",
                [endless(gzip.compress(b"") * 99, head(200, {"Content-Encoding": "gzip"}))],
                "GET",
                1,
                (),
                ApiException,
                200,
                "larger",
                settings=SMALL,
            ),
            Case(
                "no end of trailers",
                [endless(b"X: y\r\n" * 999, _chunked(BODY, end=b"0\r\n"))],
                "GET",
                1,
                (),
                ApiException,
                200,
                "larger",
                settings=SMALL,
            ),
            Case(
                "no end of 100 Continue",
                [endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 99)],
                "GET",
                1,
                (),
                ApiConnectionException,
                0,
                "head is larger",
            ),
            Case(
                "no end of a status line",
                [endless(b"HTTP/1.1 200 O" + b"K" * 2**16)] * 4,
                "GET",
                4,
                3,
                ApiConnectionException,
                0,
                "got no answer",
            ),
        ],
    ),
    Row(
        "The answer is complete, and is empty, no JSON, no text, or not of the contract's shape",
        "Sends the call once",
        "`ApiException` with the body, or `ApiTypeError` with the path to the value",
        [
            Case(
                "HTML",
                [answer(200, "<html>Sign in to the Wi-Fi</html>")],
                "GET",
                1,
                (),
                ApiException,
                200,
                "no JSON",
            ),
            Case("empty", [answer(200, "")], "GET", 1, (), ApiException, 200, "empty"),
            Case("no text", [answer(200, b"\xfe{}")], "GET", 1, (), ApiException, 200, "no text"),
            Case(
                "half of it", [answer(200, BODY[:50])], "GET", 1, (), ApiException, 200, "no JSON"
            ),
            Case("too deep", [answer(200, "[" * 100_000)], "GET", 1, (), ApiException, 200),
            Case(
                "a length that is too small",
                [raw(head(200, {"Content-Length": "50"}) + BODY)],
                "GET",
                1,
                (),
                ApiException,
                200,
                "no JSON",
            ),
            Case(
                "another shape",
                [answer(200, {**EXPERIMENT, "name": 5})],
                "GET",
                1,
                (),
                ApiTypeError,
                None,
                "name",
            ),
        ],
    ),
    Row(
        "JSON with names such as `cls`, `self`, `__class__`, `to_dict`, `_check_type`",
        "Keeps them as data",
        "The model, with them as further properties",
        [
            Case(f"named {name}", [answer(200, json.dumps({**EXPERIMENT, name: {"x": [1]}}))])
            for name in (
                "cls",
                "self",
                "__class__",
                "__init__",
                "to_dict",
                "_check_type",
                "_spec_property_naming",
                "_configuration",
                "additional_properties",
            )
        ],
    ),
)

CASES = [case for row in ROWS for case in row.cases]
