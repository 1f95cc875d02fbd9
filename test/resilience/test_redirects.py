"""Redirects are followed within the origin, for a GET, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
import urllib3

from launchdarkly_api._transport.redirect import redirect
from launchdarkly_api.exceptions import ApiException
from test.fault_server import FaultServer, answer
from test.resilience.tools import TOKEN, Caller

HEADERS = {"X-Mine": "mine", "Cookie": "session=abcdefgh"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "PATCH", "DELETE"])
def test_a_redirect_to_another_origin_is_not_followed(method: str, status: int) -> None:
    with FaultServer() as other, FaultServer() as server, Caller(server.url) as caller:
        location = f"{other.url}/steal?token=1"
        server.script(answer(status, "", {"Location": location}))
        for name, value in HEADERS.items():
            caller.client.set_default_header(name, value)
        with pytest.raises(ApiException) as raised:
            caller.call(method)
        assert len(server.requests) == 1
        assert other.connections == 0
    assert raised.value.status == status
    assert location in str(raised.value)
    assert "only" in str(raised.value) if method == "GET" else f"a {method}" in str(raised.value)


def test_a_redirect_within_the_origin_keeps_headers_and_token() -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        server.script(answer(307, "", {"Location": f"{server.url.upper()}/there?a=b#c"}))
        caller.call(_headers=HEADERS)
        first, second = server.requests
    assert second.target == "/there?a=b"
    assert dict(second.headers) == dict(first.headers)
    assert second.header("Authorization") == TOKEN
    assert second.header("X-Mine") == "mine"


def test_a_credential_in_the_query_does_not_follow_a_redirect() -> None:
    auth = {"in": "query", "key": "token", "value": "in-the-query-0123"}
    with FaultServer() as server, Caller(server.url, token=None) as caller:
        server.script(answer(302, "", {"Location": "/there"}))
        caller.call(_request_auths=[auth])
        assert [request.target.partition("?")[2] for request in server.requests] == [
            "token=in-the-query-0123",
            "",
        ]


@pytest.mark.parametrize(("redirect", "followed"), [(None, 5), (True, 5), (2, 2), (0, 0)])
def test_a_retry_policy_bounds_the_redirects(redirect: Any, followed: int) -> None:
    policy = urllib3.Retry(3, redirect=redirect)
    script = [answer(302, "", {"Location": "/there"})] * 9
    with FaultServer(*script) as server, Caller(server.url, retries=policy) as caller:
        with pytest.raises(ApiException, match="not followed to /there"):
            caller.call()
        assert len(server.requests) == followed + 1


def test_a_redirect_uses_up_no_retry() -> None:
    """A redirect counts as an attempt, and all retries remain."""
    with FaultServer() as server, Caller(server.url) as caller:
        server.script(answer(302, "", {"Location": "/there"}), *[answer(503)] * 4)
        with pytest.raises(ApiException) as raised:
            caller.call()
        assert [request.target for request in server.requests[1:]] == ["/there"] * 4
    assert raised.value.attempts == 5
    assert len(caller.sleeps) == 3


def test_a_redirect_is_followed_for_an_unread_response() -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        server.script(answer(302, "moved", {"Location": "/there"}))
        response = caller.call(_preload_content=False)
        assert response.read().startswith(b"{")
        assert len(server.requests) == 2
        assert server.connections == 1
        response.release_conn()


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/x", "/x"),
        ("x", "/a/x"),
        ("../x", "/x"),
        ("?q=1", "/a/b?q=1"),
        ("http://host/x", "/x"),
        ("HTTP://HOST:80/x?y#z", "/x?y"),
        ("http://host", "/"),
        ("//host//double", "//double"),
        ("http:///x", "/x"),
        ("http://other/x", ""),
        ("http://host:8080/x", ""),
        ("https://host/x", ""),
        ("//other/x", ""),
        ("http://host.other/x", ""),
        ("http://user:pass@host/x", ""),
        ("http://host@other/x", ""),
        ("http://other\\@host/x", ""),
        ("http://host\\@other/x", ""),
        ("http://host:99999/x", ""),
        ("http://[::1/x", ""),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("", ""),
    ],
)
def test_a_location_resolves_to_a_target_or_a_reason(location: str, target: str) -> None:
    led = redirect("GET", "http://host", "/a/b?c=d", location, 0)
    assert led.target == target
    assert bool(led.reason) != bool(target)


@pytest.mark.parametrize(
    ("here", "location"),
    [
        ("https://host", "https://host:443/x"),
        ("https://host:443", "https://host/x"),
        ("http://[::1]:80", "http://[::1]/x"),
    ],
)
def test_a_location_may_omit_or_name_the_default_port(here: str, location: str) -> None:
    assert redirect("GET", here, "/", location, 0).target == "/x"


def test_the_sixth_redirect_is_not_followed() -> None:
    assert redirect("GET", "http://host", "/", "/x", 4).target == "/x"
    assert "after 5 others" in redirect("GET", "http://host", "/", "/x", 5).reason


@pytest.mark.parametrize("location", ["/x\r\nX-Evil: y", "/\x00", "/a b", "/\u00e4"])
def test_a_location_cannot_break_the_request_line(location: Any) -> None:
    """A header cannot hold a line break, and other characters are quoted."""
    with FaultServer() as server, Caller(server.url) as caller:
        server.script(answer(302, "", {"Location": location}))
        try:
            caller.call()
        except ApiException:
            assert len(server.requests) == 1
        else:
            target = server.requests[-1].target
            assert target.isascii()
            assert target.isprintable()
            assert server.requests[-1].header("X-Evil") is None
