"""The faults of the guide's table: each ``Row`` is a row of the table, each case of it is a test.

``cases.py`` says what ``recovers``, ``fails`` and ``keeps_failing`` mean.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping, Sequence

from launchdarkly_api.exceptions import (
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
    answer,
    before_reading,
    drop,
    endless,
    head,
    raw,
    reset,
    stall,
    trickle,
)
from test.resilience.cases import (
    ATTEMPTS,
    METHODS,
    Case,
    Failure,
    Row,
    by_method,
    fails,
    keeps_failing,
    recovers,
    succeeds,
    unread,
)
from test.resilience.certificates import DAY
from test.resilience.places import no_listener, no_proxy, no_tls, proxy, tls, tunnel, unknown_host
from test.resilience.responses import (
    BOMB,
    CUT,
    DEFLATED,
    GZIP,
    GZIPPED,
    TWO_MEMBERS,
    bare_deflate,
    byte_a_second,
    chunked,
    coded,
    date,
    flipped,
    redirect,
    retry_after,
    sized,
    spent,
)

LOST = Failure("the connection was lost")
CUT_OFF = Failure("cut off")
LATE = Failure("timed out", ApiTimeoutException)
NOT_HTTP = Failure("is not HTTP")
BROKEN_COMPRESSION = Failure("compression is broken")
TOO_LARGE = Failure("larger", ApiException, 200)
NOT_JSON = Failure("not JSON", ApiException, 200)

GATEWAY_PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"
SHORT_TIMEOUT = {"timeout": (5, 0.05)}
SMALL_LIMIT = {"max_response_bytes": 10_000}
REDIRECTS = (301, 302, 303, 307, 308)
REFUSALS: Mapping[int, type[ApiException]] = {
    400: BadRequestException,
    401: UnauthorizedException,
    403: ForbiddenException,
    404: NotFoundException,
    405: MethodNotAllowedException,
    422: UnprocessableEntityException,
    408: ApiException,
    418: ApiException,
    501: ServiceException,
}


def too_long(status: int, seconds: float) -> Failure:
    """The response asks for a wait that the call has no time left for."""
    kind = RateLimitedException if status == 429 else ServiceException
    return Failure(f"asks to wait {seconds:g} s", kind, status, float(seconds))


ROWS: Sequence[Row] = (
    Row(
        "The connection cannot be made: it is refused, the name cannot be resolved, or the TLS"
        " handshake breaks off",
        "Retries every call up to three times, after random waits with a growing bound: nothing"
        " was sent",
        "The response of a later attempt, or `ApiConnectionException`",
        [
            *(
                unread(f"{name} {method}", place, Failure(says), method, attempts=ATTEMPTS)
                for method in ("GET", "POST")
                for name, place, says in (
                    ("refused", no_listener, "could not connect: Connection refused"),
                    ("no name", unknown_host, "name could not be resolved; see Configuration.host"),
                )
            ),
            *(
                keeps_failing(
                    f"TLS reset {method}",
                    before_reading(reset()),
                    Failure(""),
                    method,
                    requests=0,
                    place=no_tls,
                )
                for method in ("GET", "POST")
            ),
        ],
    ),
    Row(
        "The server's certificate is not accepted: unknown CA, expired, not yet valid, another"
        " host",
        "Sends nothing, and does not retry",
        "`ApiConnectionException`, which names the setting to change or check: `ssl_ca_cert`,"
        " `host`, the clock",
        [
            unread(f"{name} {method}", place, Failure(says), method)
            for method in ("GET", "POST")
            for name, place, says in (
                ("another CA", tls("127.0.0.1", trusted=False), "set Configuration.ssl_ca_cert"),
                (
                    "expired",
                    tls("127.0.0.1", age=9 * DAY),
                    "expired; check this computer's clock",
                ),
                ("not yet valid", tls("127.0.0.1", age=-9 * DAY), "this computer's clock"),
                ("another host", tls("127.0.0.2"), "see Configuration.host, or set Configuration."),
            )
        ],
    ),
    Row(
        "The server asks for a client certificate, and none is set",
        "Does not retry",
        "`ApiConnectionException`, which says to set `cert_file` and `key_file`",
        [
            unread(
                "client certificate",
                tls("127.0.0.1", asks_for_certificate=True),
                Failure("set Configuration.cert_file"),
            )
        ],
    ),
    Row(
        "The port does not speak TLS",
        "Sends nothing, and does not retry",
        "`ApiConnectionException`",
        [
            fails(
                "no TLS",
                before_reading(raw(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
                Failure("does not use TLS"),
                "POST",
                requests=0,
                place=no_tls,
            )
        ],
    ),
    Row(
        "The proxy cannot be reached, loses the connection, or cannot open a tunnel (502, 503,"
        " 504)",
        "Retries every call: nothing was sent to the service",
        "The response of a later attempt, or `ApiConnectionException`, which names the proxy",
        [
            unread(
                "no proxy",
                no_proxy,
                Failure("the proxy failed: could not connect"),
                "POST",
                attempts=ATTEMPTS,
            ),
            keeps_failing("proxy resets", reset(), LOST, "POST", place=tunnel),
            *(
                keeps_failing(
                    f"proxy {status}",
                    answer(status, "", keep=False),
                    Failure(f"the proxy responded with {status}; see Configuration.proxy"),
                    "POST",
                    place=tunnel,
                )
                for status in (502, 503, 504)
            ),
            recovers("proxy 502 once", answer(502, "", keep=False), method="POST", place=tunnel),
        ],
    ),
    Row(
        "The proxy refuses the request: it asks for a password (407), or forbids the host (403)",
        "Does not retry",
        "`ApiConnectionException` for a tunnel, otherwise `ApiException` with the status; both"
        " point to `Configuration.proxy`",
        [
            fails(
                "tunnel 407",
                answer(407, "", keep=False),
                Failure("put them into Configuration.proxy"),
                place=tunnel,
            ),
            fails(
                "tunnel 403",
                answer(403, "", keep=False),
                Failure("see Configuration.proxy"),
                place=tunnel,
            ),
            # The proxy refuses by itself, without a script.
            Case(
                "forward 407",
                [],
                Failure("into Configuration.proxy", ApiException, 407),
                place=proxy,
            ),
        ],
    ),
    Row(
        "The connection is lost before a response arrives: reset, or closed",
        "Retries GET, PUT and DELETE up to three times, after random waits with a growing bound."
        " Sends POST and PATCH once: the service may have acted on them.",
        "The response of a later attempt, or `ApiConnectionException`",
        [
            *by_method("reset", reset(), LOST),
            recovers("reset GET twice", reset(), reset()),
            *by_method("closed", drop(), LOST),
            recovers("closed GET twice", drop(), drop()),
            recovers("reset before it is read", before_reading(reset()), requests=1),
        ],
    ),
    Row(
        "The response is cut off: in its status line, its headers, its body or a chunk",
        "The same",
        "The same; the message says that the response was cut off",
        [
            *by_method("cut body", drop(CUT), CUT_OFF),
            recovers("cut body GET twice", drop(CUT), drop(CUT)),
            *by_method("cut headers", drop(head(200)[:-2]), CUT_OFF),
            recovers("cut headers GET twice", drop(head(200)[:-2]), drop(head(200)[:-2])),
            keeps_failing("cut status line", drop(b"HTTP/1.1 20"), CUT_OFF),
            keeps_failing("cut header line", drop(b"HTTP/1.1 200 OK\r\nContent-Le"), CUT_OFF),
            keeps_failing("cut chunk", drop(chunked(BODY, end=b"40\r\nabc")), CUT_OFF),
            keeps_failing("cut between chunks", drop(chunked(BODY, end=b"")), CUT_OFF),
            keeps_failing("reset in the body", reset(CUT), Failure("lost")),
        ],
    ),
    Row(
        "No response arrives in time, or the rest of it is late",
        "The same",
        "`ApiTimeoutException`, which is a `TimeoutError`, if all attempts are late",
        [
            *by_method("silence", stall(), LATE, settings=SHORT_TIMEOUT),
            # The last response must arrive in time, on a busy machine too.
            recovers("silence GET twice", stall(), stall(), settings={"timeout": (5, 1)}),
            keeps_failing(
                "silence in the head", stall(b"HTTP/1.1 200"), LATE, settings=SHORT_TIMEOUT
            ),
            keeps_failing("silence in the body", stall(CUT), LATE, settings=SHORT_TIMEOUT),
        ],
    ),
    Row(
        "The response trickles, in its head or in its body, and the call has a timeout for the"
        " whole request (a number as the timeout)",
        "Stops reading when the time is up",
        "`ApiTimeoutException`",
        [
            Case(
                f"trickle {place} {method}",
                script,
                LATE,
                method=method,
                settings={"retries": 0, "timeout": 10},
            )
            for method in ("GET", "POST")
            for place, script in {
                "in the head": byte_a_second(b"X-Slow: " + b"y" * 100, b"HTTP/1.1 200 OK\r\n"),
                "in the body": byte_a_second(BODY, sized(b"", 2000)),
                "in chunks": byte_a_second(b"1\r\n \r\n" * 99, chunked(end=b"")),
            }.items()
        ],
    ),
    Row(
        "The service fails: 500, 502 (an HTML page of a gateway), 503, 504",
        "Retries GET, PUT and DELETE up to three times. Sends POST and PATCH once.",
        "The response of a later attempt, or `ServiceException` with the last status and body",
        [
            *(
                case
                for status in (500, 502, 503, 504)
                for case in by_method(
                    f"{status}",
                    answer(status, GATEWAY_PAGE),
                    Failure("502 Bad Gateway", ServiceException, status),
                )
            ),
            recovers("503 once", answer(503)),
        ],
    ),
    Row(
        "The service fails and says when to retry: `Retry-After`, in seconds or as a date",
        "Waits for that time",
        "The same",
        [
            recovers("503 in seconds", retry_after(503, "7"), waits=[7.0]),
            recovers("503 as a date", retry_after(503, date(9)), waits=[9.0]),
            recovers("503 as a date that is past", retry_after(503, date(-9)), waits=[0.0]),
            recovers(
                "503 as a date of a clock that is an hour ahead",
                retry_after(503, date(3609), {"Date": date(3600)}),
                waits=[9.0],
            ),
            recovers("503 at once", retry_after(503, "0"), waits=[0.0]),
        ],
    ),
    Row(
        "The service refuses with 429: too many calls",
        "Waits for `Retry-After`, otherwise until the spent limit is reset, otherwise for a random"
        " time, and retries every call: the service did not act on it",
        "The response of a later attempt, or `RateLimitedException`",
        [
            *(
                recovers(
                    f"429 Retry-After {method}", retry_after(429, "3"), method=method, waits=[3.0]
                )
                for method in METHODS
            ),
            recovers("429 until the reset", spent(4), method="POST", waits=[4.0]),
            recovers(
                "429 Retry-After before the reset", spent(9, **{"Retry-After": "2"}), waits=[2.0]
            ),
            recovers("429 with a reset that is past", spent(-4)),
            recovers("429 without a word", answer(429, ""), method="POST"),
            keeps_failing(
                "429 for ever",
                answer(429, {"code": "rate_limited", "message": "Slow down"}),
                Failure("Slow down [rate_limited]", RateLimitedException, 429),
                "POST",
            ),
            *(
                recovers(f"429 Retry-After {value!r}", retry_after(429, value))
                for value in (
                    *("soon", "-5", "nan", "1e999", "", "1_000", "\N{SUPERSCRIPT TWO}"),
                    "Mon, 99 Foo 2026",
                )
            ),
        ],
    ),
    Row(
        "The service asks for a longer wait than the earlier waits of the call left of"
        " `Configuration.max_retry_wait`",
        "Does not wait",
        "The exception of that response at once, with `retry_after` set",
        [
            fails("429 for an hour", retry_after(429, "3600"), too_long(429, 3600)),
            fails("503 for an hour", retry_after(503, "3600"), too_long(503, 3600)),
            fails("429 for 1e300 s", retry_after(429, "9" * 300), too_long(429, 1e300)),
            fails("429 reset in an hour", spent(3600), too_long(429, 3600), "POST"),
            fails(
                "429 above a limit of one's own",
                retry_after(429, "2"),
                too_long(429, 2),
                settings={"max_retry_wait": 1},
            ),
        ],
    ),
    Row(
        "The service refuses: 400, 401, 403, 404, 405, 409, 422, any other status",
        "Sends the call once. Never retries after a 409, which may be permanent.",
        "The exception of that status, with `code`, `message` and `error`",
        [
            *(
                fails(
                    f"{status} {method}",
                    answer(status, {"message": "No"}),
                    Failure("No", kind, status),
                    method,
                )
                for status, kind in REFUSALS.items()
                for method in ("GET", "POST")
            ),
            *(
                fails(
                    f"409 {method}",
                    answer(409, {"code": "c", "message": "No"}),
                    Failure("No [c]", ConflictException, 409),
                    method,
                )
                for method in METHODS
            ),
            fails("401 without a body", answer(401, ""), Failure("", UnauthorizedException, 401)),
            fails("304", answer(304, ""), Failure("", ApiException, 304)),
        ],
    ),
    Row(
        "A GET is redirected within the same origin",
        "Follows, up to five times",
        "The response from there",
        [
            *(
                recovers(f"{status} within", redirect(status, "/elsewhere?x=1"), waits=())
                for status in REDIRECTS
            ),
            recovers("five within", *(redirect(302, f"/{n}") for n in range(5)), waits=()),
            Case(
                "for ever",
                [redirect(302, "/again")] * 6,
                Failure("not followed to /again, after 5 others", ApiException, 302),
                attempts=6,
                waits=(),
            ),
        ],
    ),
    Row(
        "A GET is redirected to another origin, or the target is missing or invalid",
        "Does not follow: the token, cookies and headers are for the configured origin only",
        "`ApiException` with the status and the reason",
        [
            *(
                fails(
                    f"to {place}",
                    redirect(302, place),
                    Failure("only http://127.0.0.1", ApiException, 302),
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
            fails(
                "to no URL", redirect(302, "http://[x"), Failure("is not a URL", ApiException, 302)
            ),
            fails(
                "to nowhere",
                answer(302, ""),
                Failure("does not name a location", ApiException, 302),
            ),
        ],
    ),
    Row(
        "A write is redirected",
        "Does not follow, even within the origin: it must not be carried out twice",
        "`ApiException` with the status and the reason",
        [
            fails(
                f"{status} {method}",
                redirect(status, "/elsewhere"),
                Failure(
                    f"a {method} is not sent again elsewhere (to /elsewhere)", ApiException, status
                ),
                method,
            )
            for status in REDIRECTS
            for method in METHODS
            if method != "GET"
        ],
    ),
    Row(
        "The response is not HTTP, or violates its rules",
        "Retries GET, PUT and DELETE, but not POST and PATCH",
        "`ApiConnectionException`",
        [
            *(
                keeps_failing(name, raw(data), NOT_HTTP)
                for name, data in {
                    "garbage": b"\x00\xff\x1b[2J garbage\r\n\r\n",
                    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
                    "a status of no sense": b"HTTP/1.1 9999 What\r\n\r\n",
                    "a hundred headers and more": head(200, [("X", "y")] * 200),
                    "a header that is too long": head(200, {"X": "y" * 70_000}),
                    "two lengths": head(200, [("Content-Length", "5"), ("Content-Length", "7")]),
                }.items()
            ),
            fails("garbage POST", raw(b"garbage\r\n\r\n"), NOT_HTTP, "POST"),
            keeps_failing(
                "a chunk of no size", raw(chunked(BODY, end=b"xyz\r\n")), Failure("got no response")
            ),
        ],
    ),
    Row(
        "The compressed body is broken or cut off, or its coding is not supported",
        "Retries as after a response that was cut off. Does not retry if the coding is not"
        " supported.",
        "`ApiConnectionException`",
        [
            fails("no gzip POST", coded("gzip", b"no gzip"), BROKEN_COMPRESSION, "POST"),
            *(
                keeps_failing(name, coded(coding, data), BROKEN_COMPRESSION)
                for name, coding, data in (
                    ("no gzip", "gzip", b"no gzip"),
                    ("gzip that ends early", "gzip", GZIPPED[:-9]),
                    ("gzip that another member is cut off of", "gzip", TWO_MEMBERS[:-9]),
                    ("gzip with a broken second member", "gzip", flipped(TWO_MEMBERS, -7)),
                    ("gzip with a wrong checksum", "gzip", flipped(GZIPPED, -7)),
                    ("no deflate", "deflate", b"no deflate"),
                    ("deflate that ends early", "deflate", DEFLATED[:-5]),
                    ("bare deflate that ends early", "deflate", bare_deflate(BODY)[:-5]),
                )
            ),
            keeps_failing("gzip shorter than its length", raw(sized(GZIPPED, 999, GZIP)), CUT_OFF),
            # The connection stays open: the client has no reason to expect that it closes.
            keeps_failing(
                "gzip longer than its length",
                raw(sized(GZIPPED, 30, GZIP), keep=True),
                BROKEN_COMPRESSION,
            ),
            fails("another coding", coded("compress", BODY), Failure("'compress'")),
            fails(
                "two codings", coded("gzip, gzip", gzip.compress(GZIPPED)), Failure("'gzip, gzip'")
            ),
        ],
    ),
    Row(
        "The response is compressed, or framed in an unusual way, and is correct",
        "Reads it",
        "The response",
        [
            *(
                succeeds(name, coded(coding, data))
                for name, coding, data in (
                    ("gzip", "gzip", GZIPPED),
                    ("x-gzip", "X-GZIP", GZIPPED),
                    ("gzip in two members", "gzip", TWO_MEMBERS),
                    ("gzip with padding", "gzip", GZIPPED + b"\0" * 9),
                    ("gzip with one byte of padding", "gzip", GZIPPED + b"\n"),
                    ("gzip with much padding", "gzip", GZIPPED + b"\0\x1f" * 9999),
                    ("gzip, and no coding", "identity, gzip", GZIPPED),
                    ("deflate", "deflate", DEFLATED),
                    ("deflate with a line break", "deflate", DEFLATED + b"\r\n"),
                    ("bare deflate", "deflate", bare_deflate(BODY)),
                    ("bare deflate with padding", "deflate", bare_deflate(BODY) + b"\r\n"),
                    ("identity", "identity", BODY),
                )
            ),
            *(
                succeeds(name, raw(data))
                for name, data in {
                    "chunks": chunked(BODY[:9], BODY[9:]),
                    "chunks of gzip": chunked(GZIPPED, headers=GZIP),
                    "chunks with extensions and trailers": chunked(
                        end=b"%x;a=b\r\n%b\r\n0\r\nX-Trailer: y\r\n\r\n" % (len(BODY), BODY)
                    ),
                    "no length": head(200) + BODY,
                    "no length of gzip": head(200, GZIP) + GZIPPED,
                    "the same length twice": head(200, [("Content-Length", str(len(BODY)))] * 2)
                    + BODY,
                    "a length of no sense": head(200, {"Content-Length": "many"}) + BODY,
                    "100 Continue first": b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + head(200) + BODY,
                    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\n" + BODY,
                    "no reason": b"HTTP/1.1 200\r\n\r\n" + BODY,
                }.items()
            ),
            succeeds(
                "chunks of gzip and padding",
                raw(chunked(GZIPPED, b"\0" * 99_999, headers=GZIP), keep=True),
            ),
            succeeds("an empty body of gzip", answer(204, b"", GZIP), "DELETE"),
            succeeds("no member of gzip", coded("gzip", b""), "DELETE"),
            succeeds(
                "a byte at a time", trickle(BODY, lambda: None, sized(b"", len(BODY)), keep=True)
            ),
        ],
    ),
    Row(
        "Interim responses come first: 100, 102, 103, any number of them",
        "Skips them",
        "The final response",
        [
            succeeds(f"{status} {method}", raw(head(status) * 3 + sized(BODY), keep=True), method)
            for status in (100, 102, 103)
            for method in ("GET", "POST")
        ],
    ),
    Row(
        "The response exceeds `Configuration.max_response_bytes`, before or after decompression,"
        " or does not end",
        "Stops reading and closes the connection",
        "`ApiException`, of the class for the status if it is an error",
        [
            *(
                fails(name, reaction, TOO_LARGE, settings=SMALL_LIMIT)
                for name, reaction in {
                    "a gzip bomb": coded("gzip", BOMB),
                    "a deflate bomb": coded("deflate", zlib.compress(b" " * 2**22)),
                    "a length that is too large": stall(sized(b"", 10_001)),
                    "no end": endless(b"x" * 4096, head(200)),
                    "no end of chunks": endless(b"1\r\nx\r\n" * 999, chunked(end=b"")),
                    "no end of gzip that is empty": endless(
                        gzip.compress(b"") * 99, head(200, GZIP)
                    ),
                    "no end of trailers": endless(b"X: y\r\n" * 999, chunked(BODY, end=b"0\r\n")),
                }.items()
            ),
            fails(
                "a bomb as an error",
                answer(500, BOMB, GZIP),
                Failure("larger", ServiceException, 500),
                settings=SMALL_LIMIT,
            ),
            fails(
                "no end of 100 Continue",
                endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 99),
                Failure("head is larger"),
            ),
            keeps_failing(
                "no end of a status line",
                endless(b"HTTP/1.1 200 O" + b"K" * 2**16),
                Failure("got no response"),
            ),
        ],
    ),
    Row(
        "The response is complete, but is empty, not JSON, not text, or not of the contract's"
        " shape",
        "Sends the call once",
        "`ApiException` with the body, or `ApiTypeError` with the path to the value",
        [
            *(
                fails(name, reaction, NOT_JSON)
                for name, reaction in {
                    "HTML": answer(200, "<html>Sign in to the Wi-Fi</html>"),
                    "half of it": answer(200, BODY[:50]),
                    "a length that is too small": raw(sized(BODY, 50), keep=True),
                }.items()
            ),
            fails("empty", answer(200, ""), Failure("empty", ApiException, 200)),
            fails("no text", answer(200, b"\xfe{}"), Failure("not text", ApiException, 200)),
            fails("too deep", answer(200, "[" * 100_000), Failure("", ApiException, 200)),
            fails(
                "another shape",
                answer(200, {**EXPERIMENT, "name": 5}),
                Failure("name", ApiTypeError, None),
            ),
        ],
    ),
    Row(
        "JSON with names such as `cls`, `self`, `__class__`, `to_dict`, `_check_type`",
        "Keeps them as data",
        "The model, with them as additional properties",
        [
            succeeds(f"named {name}", answer(200, json.dumps({**EXPERIMENT, name: {"x": [1]}})))
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
