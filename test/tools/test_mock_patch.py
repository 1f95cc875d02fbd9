"""``unittest.mock.patch`` of urllib3 intercepts every call, whenever the patch is made."""

from __future__ import annotations

import io
import json
import pkgutil
import socket
import ssl
from collections.abc import Callable
from contextlib import ExitStack
from email.message import Message
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
import urllib3.connection
from urllib3 import exceptions

from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.exceptions import (
    ApiConnectionException,
    ApiException,
    ApiTimeoutException,
    NotFoundException,
)
from test.tools.calls import BY_METHOD, each_method, each_write
from test.tools.conftest import Connect
from test.tools.service import EXPERIMENTS, TOKEN, Service, experiment

BODY = json.dumps(experiment("mocked")).encode()
#: The seams of urllib3 that programs patch.
SEAMS = [
    "urllib3.connectionpool.HTTPConnectionPool.urlopen",
    "urllib3.HTTPConnectionPool.urlopen",
    "urllib3.PoolManager.urlopen",
    "urllib3.PoolManager.request",
    "urllib3.poolmanager.PoolManager.request",
]

each_seam = pytest.mark.parametrize("seam", SEAMS)


def response(
    body: bytes = BODY, status: int = 200, *, read: bool = True, **headers: str
) -> urllib3.HTTPResponse:
    """A response as programs make them: its body is there, or it is still to be read."""
    return urllib3.HTTPResponse(
        body=body if read else io.BytesIO(body),
        status=status,
        headers={"Content-Type": "application/json", **headers},
        preload_content=read,
    )


each_form = pytest.mark.parametrize("read", [True, False], ids=["preloaded", "unread"])


@each_seam
@each_form
@pytest.mark.parametrize("autospec", [False, True])
@pytest.mark.parametrize("moment", ["before the client", "before its first use", "after it"])
def test_a_patch_intercepts_whenever_it_is_made(
    service: Service, connect: Connect, seam: str, read: bool, autospec: bool, moment: str
) -> None:
    options: dict[str, Any] = {"autospec": True} if autospec else {}
    with ExitStack() as stack:
        seen: list[Any] = []

        def begin() -> None:
            seen.append(stack.enter_context(mock.patch(seam, **options)))
            seen[0].return_value = response(read=read)

        if moment == "before the client":
            begin()
        api = connect(service.url)
        if moment == "before its first use":
            begin()
        elif moment == "after it":
            api.get_experiment("p", "e", "x")
            service.requests.clear()
            begin()
        assert api.get_experiment("p", "e", "x").key == "mocked"
        assert seen[0].call_count == 1
        assert service.count == 0
    # Nothing stays behind.
    assert api.get_experiment("p", "e", "x").key == "x"
    assert service.count == 1


@each_seam
@each_method
def test_a_patch_intercepts_every_method(
    service: Service, used_api: ExperimentsBetaApi, seam: str, method: str
) -> None:
    body = b"" if method == "DELETE" else BODY
    if method == "PUT":
        body = b'{"_project_id": "1", "_project_key": "p"}'
    with mock.patch(seam, return_value=response(body, 204 if method == "DELETE" else 200)) as seen:
        BY_METHOD[method](used_api)
    seen.assert_called_once()
    assert service.count == 0


@each_seam
def test_a_patch_intercepts_a_listing_that_is_half_way(connect: Connect, seam: str) -> None:
    empty = json.dumps({"items": [], "total_count": 1000}).encode()
    with Service(experiments=1000) as service:
        listing = connect(service.url).iter_experiments("p", "e")
        next(listing)
        with mock.patch(seam, side_effect=lambda *_, **__: response(empty)):
            left = len(list(listing))
            count = service.count
        # The pages that were fetched ahead before the patch are few.
        assert left == count * 20 - 1
        assert count < 10


@each_seam
def test_a_patch_intercepts_calls_in_the_background(
    service: Service, used_api: ExperimentsBetaApi, seam: str
) -> None:
    with mock.patch(seam, side_effect=lambda *_, **__: response()) as seen:
        futures = [used_api.submit(used_api.get_experiment, "p", "e", "x") for _ in range(8)]
        assert [future.result(30).key for future in futures] == ["mocked"] * 8
    assert (seen.call_count, service.count) == (8, 0)


@each_seam
def test_a_replacement_may_send_the_request_itself(
    service: Service, used_api: ExperimentsBetaApi, seam: str
) -> None:
    original = pkgutil.resolve_name(seam)
    seen: list[str] = []

    def watching(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        seen.append(f"{method} {url.removeprefix(service.url)}")
        return original(self, method, url, *args, **kwargs)

    with mock.patch(seam, watching):
        assert used_api.get_experiment("p", "e", "x").key == "x"
    assert seen == ["GET /api/v2/projects/p/environments/e/experiments/x"]
    assert service.count == 1


#: The arguments that urllib3's exceptions need beside their text.
POOL = urllib3.HTTPConnectionPool("h")
CONNECTION = urllib3.connection.HTTPConnection("h")

#: The exceptions that urllib3 may raise, and those that the caller of the library gets instead.
RAISED: list[tuple[Callable[[], BaseException], type[Exception]]] = [
    (lambda: exceptions.ProtocolError("Connection aborted."), ApiConnectionException),
    (lambda: exceptions.ProtocolError("x", ConnectionResetError(104, "x")), ApiConnectionException),
    (lambda: exceptions.IncompleteRead(1, 2), ApiConnectionException),
    (lambda: exceptions.DecodeError("x"), ApiConnectionException),
    (lambda: exceptions.SSLError("x"), ApiConnectionException),
    (lambda: exceptions.ProxyError("x", OSError("x")), ApiConnectionException),
    (lambda: exceptions.NewConnectionError(CONNECTION, "x"), ApiConnectionException),
    (
        lambda: exceptions.NameResolutionError("h", CONNECTION, socket.gaierror(-2, "x")),
        ApiConnectionException,
    ),
    (lambda: exceptions.ConnectTimeoutError(CONNECTION, "x"), ApiTimeoutException),
    (lambda: exceptions.ReadTimeoutError(POOL, "/", "x"), ApiTimeoutException),
    (lambda: exceptions.MaxRetryError(POOL, "/", None), ApiConnectionException),
    (
        lambda: exceptions.MaxRetryError(POOL, "/", exceptions.ReadTimeoutError(POOL, "/", "x")),
        ApiTimeoutException,
    ),
    (lambda: exceptions.EmptyPoolError(POOL, "x"), ApiConnectionException),
    (lambda: exceptions.ClosedPoolError(POOL, "x"), ApiConnectionException),
    (lambda: exceptions.HostChangedError(POOL, "/"), ApiConnectionException),
    (lambda: exceptions.LocationParseError("x"), ApiConnectionException),
    (lambda: exceptions.LocationValueError("x"), ApiConnectionException),
    (lambda: exceptions.URLSchemeUnknown("x"), ApiConnectionException),
    (lambda: exceptions.ResponseError("x"), ApiConnectionException),
    (lambda: exceptions.InvalidHeader("x"), ApiConnectionException),
    (lambda: exceptions.UnrewindableBodyError("x"), ApiConnectionException),
    (lambda: exceptions.HTTPError("x"), ApiConnectionException),
    (lambda: OSError("x"), ApiConnectionException),
    (lambda: ConnectionRefusedError(111, "x"), ApiConnectionException),
    (lambda: ConnectionResetError(104, "x"), ApiConnectionException),
    (lambda: BrokenPipeError(32, "x"), ApiConnectionException),
    (lambda: TimeoutError("x"), ApiTimeoutException),
    (lambda: ssl.SSLCertVerificationError("x"), ApiConnectionException),
]


#: These prove that nothing was sent.
NOT_SENT = (exceptions.NewConnectionError, exceptions.ConnectTimeoutError)
#: These prove it if urllib3 raises them, and a program may do so at any time.
UNCLEAR = (
    exceptions.ProxyError,
    exceptions.EmptyPoolError,
    exceptions.ClosedPoolError,
    ConnectionRefusedError,
)


def _name(pair: Any) -> str:
    error = pair[0]()
    reason = getattr(error, "reason", None)
    return type(error).__name__ + (f"-{type(reason).__name__}" if reason else "")


@pytest.mark.parametrize("pair", RAISED, ids=_name)
@each_seam
def test_what_a_patch_raises_becomes_an_exception_of_the_library(
    service: Service, used_api: ExperimentsBetaApi, seam: str, pair: Any
) -> None:
    error, expected = pair[0](), pair[1]
    with mock.patch(seam, side_effect=error):
        with pytest.raises(ApiException) as caught:
            used_api.get_experiment("p", "e", "x")
    assert isinstance(caught.value, expected)
    assert caught.value.__cause__ is error
    assert TOKEN not in f"{caught.value}{caught.value!r}"
    assert service.count == 0
    # The client goes on.
    assert used_api.get_experiment("p", "e", "x").key == "x"


@pytest.mark.parametrize("pair", RAISED, ids=_name)
@each_write
def test_a_write_is_not_repeated_unless_nothing_was_sent(
    service: Service, connect: Connect, method: str, pair: Any
) -> None:
    error = pair[0]()
    api = connect(service.url, retries=2, max_retry_wait=0.001)
    with mock.patch(SEAMS[0], side_effect=error) as seen:
        with pytest.raises(ApiException):
            BY_METHOD[method](api)
    if isinstance(error, NOT_SENT):
        assert seen.call_count == 3
    elif method in ("POST", "PATCH") and not isinstance(error, UNCLEAR):
        assert seen.call_count == 1
    assert service.count == 0


def test_what_a_program_raises_itself_comes_out_as_it_is(
    service: Service, connect: Connect
) -> None:
    api = connect(service.url, retries=2)
    for error in (PermissionDenied("offline"), KeyboardInterrupt(), ZeroDivisionError()):
        with mock.patch(SEAMS[0], side_effect=error) as seen:
            with pytest.raises(type(error)) as caught:
                api.get_experiment("p", "e", "x")
        assert caught.value is error
        assert seen.call_count == 1
    assert service.count == 0


class PermissionDenied(Exception):
    """An exception of the program's own."""


@each_form
def test_a_mocked_error_is_an_exception_with_status_and_code(
    used_api: ExperimentsBetaApi, read: bool
) -> None:
    found = response(b'{"code": "not_found", "message": "Unknown"}', 404, read=read)
    with mock.patch(SEAMS[0], return_value=found):
        with pytest.raises(NotFoundException) as caught:
            used_api.get_experiment("p", "e", "x")
    assert (caught.value.status, caught.value.code) == (404, "not_found")
    assert caught.value.message == "Unknown"


@each_form
def test_mocked_responses_are_repeated_as_the_service_s_are(
    service: Service, connect: Connect, read: bool
) -> None:
    api = connect(service.url, retries=2, max_retry_wait=0.001)
    script = [response(b"{}", 503, read=read), response(b"{}", 429, read=read), response(read=read)]
    with mock.patch(SEAMS[0], side_effect=script) as seen:
        assert api.get_experiment("p", "e", "x").key == "mocked"
    assert (seen.call_count, service.count) == (3, 0)


@each_form
def test_a_mocked_response_is_held_to_the_largest_size(
    service: Service, connect: Connect, read: bool
) -> None:
    api = connect(service.url, max_response_bytes=100)
    with mock.patch(SEAMS[0], return_value=response(b"[" + b" " * 200 + b"]", read=read)):
        with pytest.raises(ApiException, match="max_response_bytes"):
            api.get_experiment("p", "e", "x")


@each_form
def test_a_mocked_response_can_be_returned_unread(used_api: ExperimentsBetaApi, read: bool) -> None:
    options: dict[str, Any] = {"_preload_content": False}
    with mock.patch(SEAMS[0], return_value=response(read=read)):
        found: Any = used_api.get_experiment("p", "e", "x", **options)
        assert json.loads(found.data)["key"] == "mocked"


def test_a_response_that_is_a_mock_itself_is_read(used_api: ExperimentsBetaApi) -> None:
    found = mock.Mock(status=200, reason="OK", data=BODY, headers={"Content-Type": "a/json"})
    with mock.patch(SEAMS[0], return_value=found):
        assert used_api.get_experiment("p", "e", "x").key == "mocked"


def test_a_listing_can_be_mocked(service: Service, api: ExperimentsBetaApi) -> None:
    def page(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        offset = int(parse_qs(urlsplit(url).query).get("offset", ["0"])[0])
        items = [experiment(f"mock-{offset + number}") for number in range(20)]
        found = {"items": items[: EXPERIMENTS - offset], "total_count": EXPERIMENTS}
        return response(json.dumps(found).encode())

    with mock.patch(SEAMS[0], page):
        keys = [found.key for found in api.iter_experiments("p", "e")]
    assert keys == [f"mock-{number}" for number in range(EXPERIMENTS)]
    assert service.count == 0


def test_patches_can_be_nested(service: Service, used_api: ExperimentsBetaApi) -> None:
    outer, inner = response(), response(json.dumps(experiment("inner")).encode())
    with mock.patch(SEAMS[0], return_value=outer):
        with mock.patch(SEAMS[2], return_value=inner):
            assert used_api.get_experiment("p", "e", "x").key == "inner"
        assert used_api.get_experiment("p", "e", "x").key == "mocked"
    assert used_api.get_experiment("p", "e", "x").key == "x"
    assert service.count == 1


@pytest.mark.parametrize("status", [200, 404, 429])
@pytest.mark.parametrize("kind", [dict, Message])
def test_a_double_may_hold_its_headers_in_any_mapping(
    service: Service, connect: Connect, kind: type[Any], status: int
) -> None:
    headers: Any = kind()
    for name, text in {
        "content-type": "application/json",
        "x-ratelimit-global-remaining": "0",
        "X-Request-Id": "5f0e9d55",
    }.items():
        headers[name] = text
    found = mock.Mock(spec=urllib3.HTTPResponse, status=status, reason="OK", headers=headers)
    found.data, found.read.side_effect = BODY, [BODY, b""]
    found.stream.side_effect = lambda *_, **__: iter([BODY])
    api = connect(service.url, retries=1, max_retry_wait=0.001)
    with mock.patch(SEAMS[0], return_value=found):
        try:
            headers = api.with_http_info(api.get_experiment, "p", "e", "x").headers
        except ApiException as error:
            assert error.status == status
            headers = error.headers
    assert headers["X-Request-ID"] == "5f0e9d55"
    assert headers["Content-Type"] == "application/json"
