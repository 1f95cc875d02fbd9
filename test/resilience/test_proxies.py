"""Proxies: forwarding and tunnels, with and without a password, from settings and environment."""

from __future__ import annotations

import base64
import threading
import urllib.parse
from typing import Any

import pytest

from launchdarkly_api import Configuration
from launchdarkly_api._transport.proxy import Proxy, proxy_for
from launchdarkly_api.exceptions import (
    ApiConnectionException,
    ApiException,
    ApiTypeError,
    ApiValueError,
)
from test.fault_server import FaultServer, Peer, answer, head, raw
from test.resilience import canary
from test.resilience.certificates import Authority
from test.resilience.proxies import ProxyServer
from test.resilience.tools import TOKEN, Caller, RecordingClock

PASSWORD = "pass:w@rd-0123"
URL_PASSWORD = "pass%3Aw%40rd-0123"
BASIC = "Basic " + base64.b64encode(f"user:{PASSWORD}".encode()).decode()


def with_password(url: str) -> str:
    return url.replace("://", f"://user:{URL_PASSWORD}@")


@pytest.fixture
def origin(authority: Authority) -> Any:
    """A service with TLS and a name that only the proxy resolves."""
    context = authority.server_context(authority.issue("service.test"))
    with FaultServer(context=context) as running:
        yield running


class TestForwarding:
    """A proxy in front of a service without TLS gets the whole URL."""

    @pytest.mark.filterwarnings("ignore:The access token is sent")
    def test_a_forwarding_proxy_gets_the_whole_request(self) -> None:
        with (
            ProxyServer() as proxy,
            Caller("http://service.test", proxy=proxy.url) as caller,
        ):
            caller.call()
            caller.call("POST")
            first, second = proxy.requests
            assert proxy.connections == 1
        assert first.target.startswith("http://service.test/api/v2/projects/p/")
        assert first.header("Host") == "service.test"
        assert first.header("Authorization") == TOKEN
        assert first.header("Proxy-Authorization") is None
        assert second.method == "POST"

    @pytest.mark.filterwarnings("ignore:The access token is sent")
    def test_a_password_in_the_url_is_sent_to_the_proxy(self) -> None:
        with (
            ProxyServer(authorization=BASIC) as proxy,
            Caller("http://service.test", proxy=with_password(proxy.url)) as caller,
        ):
            caller.call()
            assert proxy.requests[0].header("Proxy-Authorization") == BASIC

    @pytest.mark.filterwarnings("ignore:The access token is sent")
    def test_a_missing_password_is_a_407_with_a_remedy(self) -> None:
        with (
            ProxyServer(authorization=BASIC) as proxy,
            Caller("http://service.test", proxy=proxy.url) as caller,
        ):
            with pytest.raises(ApiException) as raised:
                caller.call()
            assert len(proxy.requests) == 1
        assert raised.value.status == 407
        assert "put user and password into Configuration.proxy" in str(raised.value)

    @pytest.mark.filterwarnings("ignore:The access token is sent")
    def test_a_redirect_goes_through_the_proxy_too(self) -> None:
        with (
            ProxyServer(answer(302, "", {"Location": "/there"})) as proxy,
            Caller("http://service.test", proxy=proxy.url) as caller,
        ):
            caller.call()
            assert proxy.requests[1].target == "http://service.test/there"


class TestTunnel:
    """A proxy in front of a service with TLS gets the host alone."""

    @pytest.mark.parametrize("password", [True, False])
    def test_a_tunnel_shows_the_proxy_the_host_alone(
        self, origin: FaultServer, authority: Authority, password: bool
    ) -> None:
        authorization = BASIC if password else None
        with ProxyServer(upstream=origin, authorization=authorization) as proxy:
            url = with_password(proxy.url) if password else proxy.url
            settings: dict[str, Any] = {"proxy": url, "ssl_ca_cert": str(authority.path)}
            with Caller("https://service.test", **settings) as caller:
                caller.call()
                caller.call("POST")
                assert origin.connections == 1
                assert len(origin.requests) == 2
            (connect,) = proxy.requests
            assert connect.target == "service.test:443"
            assert connect.header("Proxy-Authorization") == authorization
            assert TOKEN.encode() not in connect.raw
        assert origin.requests[0].header("Authorization") == TOKEN
        assert origin.requests[0].header("Proxy-Authorization") is None
        assert origin.requests[0].target.startswith("/api/v2/")

    def test_headers_for_the_proxy_do_not_reach_the_service(
        self, origin: FaultServer, authority: Authority
    ) -> None:
        with ProxyServer(upstream=origin, authorization="mine-0123") as proxy:
            settings: dict[str, Any] = {
                "proxy": proxy.url,
                "proxy_headers": {"Proxy-Authorization": "mine-0123", "X-Team": "t"},
                "ssl_ca_cert": str(authority.path),
            }
            with Caller("https://service.test", **settings) as caller:
                caller.call()
            assert proxy.requests[0].header("X-Team") == "t"
        assert origin.requests[0].header("X-Team") is None

    def test_the_certificate_is_checked_against_the_service(
        self, origin: FaultServer, authority: Authority
    ) -> None:
        with ProxyServer(upstream=origin) as proxy:
            settings: dict[str, Any] = {"proxy": proxy.url, "ssl_ca_cert": str(authority.path)}
            with Caller("https://other.test", **settings) as caller:
                with pytest.raises(ApiConnectionException) as raised:
                    caller.call("POST")
                assert "see Configuration.host" in str(raised.value)
                assert origin.requests == []

    def test_a_proxy_with_tls_opens_a_tunnel(
        self, origin: FaultServer, authority: Authority
    ) -> None:
        context = authority.server_context(authority.issue("127.0.0.1"))
        with ProxyServer(upstream=origin, context=context) as proxy:
            assert proxy.url.startswith("https:")
            settings: dict[str, Any] = {"proxy": proxy.url, "ssl_ca_cert": str(authority.path)}
            with Caller("https://service.test", **settings) as caller:
                caller.call()
            assert [request.method for request in proxy.requests] == ["CONNECT"]
        assert len(origin.requests) == 1

    def test_a_proxy_with_tls_gets_no_client_certificate(
        self, origin: FaultServer, authority: Authority
    ) -> None:
        context = authority.server_context(authority.issue("127.0.0.1"), clients=authority)
        mine = authority.issue(name="client")
        with ProxyServer(upstream=origin, context=context) as proxy:
            settings: dict[str, Any] = {
                "proxy": proxy.url,
                "ssl_ca_cert": str(authority.path),
                "cert_file": str(mine.certificate),
                "key_file": str(mine.key),
            }
            caller = Caller("https://service.test", **settings)
            with pytest.raises(ApiConnectionException):
                caller.call()
            assert proxy.requests == []

    @pytest.mark.filterwarnings("ignore:The access token is sent")
    def test_a_proxy_with_tls_forwards_to_a_service_without_it(self, authority: Authority) -> None:
        context = authority.server_context(authority.issue("127.0.0.1"))
        with (
            ProxyServer(context=context) as proxy,
            Caller(
                "http://service.test", proxy=proxy.url, ssl_ca_cert=str(authority.path)
            ) as caller,
        ):
            caller.call()
            assert proxy.requests[0].target.startswith("http://service.test/")

    def test_a_refused_tunnel_is_closed_before_the_next_attempt(self) -> None:
        closed = threading.Event()

        def refuse(peer: Peer) -> bool:
            peer.send(head(502))
            peer.wait_for_close()
            closed.set()
            return False

        def refuse_later(peer: Peer) -> bool:
            assert closed.wait(10)
            return answer(502, "", keep=False)(peer)

        with ProxyServer(refuse, refuse_later) as proxy:
            clock = RecordingClock()
            caller = Caller("https://service.test", clock, proxy=proxy.url, retries=1)
            with pytest.raises(ApiConnectionException):
                caller.call()
            assert len(proxy.requests) == 2

    def test_an_endless_response_of_a_proxy_is_an_error(self, authority: Authority) -> None:
        endless_head = raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300_000)
        with ProxyServer(endless_head) as proxy:
            caller = Caller("https://service.test", proxy=proxy.url, retries=0)
            with pytest.raises(ApiConnectionException) as raised:
                caller.call()
        # Later Pythons count the headers of this response too.
        assert "head is larger" in str(raised.value) or "is not HTTP" in str(raised.value)


def named(configuration: Configuration, url: str) -> str | None:
    found = proxy_for(configuration, url)
    return None if found is None else found.url


class TestEnvironment:
    def test_https_proxy_of_the_environment_is_used(
        self, origin: FaultServer, authority: Authority, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with ProxyServer(upstream=origin, authorization=BASIC) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", with_password(proxy.url))
            with Caller("https://service.test", ssl_ca_cert=str(authority.path)) as caller:
                caller.call()
            assert len(proxy.requests) == 1

    def test_a_host_in_no_proxy_is_called_directly(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with FaultServer() as server, ProxyServer() as proxy:
            for url, setting in ((proxy.url, "127.0.0.1"), (proxy.url, "127.0.0.0/8,other")):
                with Caller(server.url, proxy=url, no_proxy=setting) as caller:
                    caller.call()
            assert proxy.connections == 0
            assert len(server.requests) == 2

    def test_this_machine_is_called_directly_unless_a_proxy_is_configured(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A test server then works on a machine that has a proxy."""
        with FaultServer() as server, ProxyServer() as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            monkeypatch.setenv("ALL_PROXY", proxy.url)
            with Caller(server.url) as caller:
                caller.call()
            assert proxy.connections == 0
            with Caller(server.url, proxy=proxy.url) as caller:
                caller.call()
            assert proxy.connections == 1

    @pytest.mark.parametrize(
        ("variables", "origin", "expected"),
        [
            ({}, "https://a.test", None),
            ({"HTTPS_PROXY": "http://p:1"}, "https://a.test", "http://p:1"),
            ({"https_proxy": "http://p:1"}, "https://a.test", "http://p:1"),
            ({"HTTP_PROXY": "http://p:1"}, "https://a.test", None),
            ({"HTTP_PROXY": "http://p:1"}, "http://a.test", "http://p:1"),
            ({"ALL_PROXY": "http://p:1"}, "http://a.test", "http://p:1"),
            ({"ALL_PROXY": "http://p:1"}, "https://a.test", "http://p:1"),
            ({"ALL_PROXY": "http://a:1", "HTTPS_PROXY": "p:2"}, "https://a.test", "http://p:2"),
            ({"HTTPS_PROXY": ""}, "https://a.test", None),
            ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.test"}, "https://a.test", None),
            ({"HTTPS_PROXY": "http://p:1", "no_proxy": "a.test"}, "https://a.test", None),
            ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "b.test"}, "https://a.test", "http://p:1"),
            ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".test"}, "https://a.test", None),
            ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "test"}, "https://a.test", None),
            ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "est"}, "https://a.test", "http://p:1"),
            ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, "https://a.test", None),
            ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "b , A.TEST"}, "https://a.test", None),
            ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.test:8"}, "https://a.test:8", None),
            (
                {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.test:8"},
                "https://a.test:9",
                "http://p:1",
            ),
            ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8"}, "https://10.1.2.3", None),
            (
                {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8"},
                "https://11.1.2.3",
                "http://p:1",
            ),
            (
                {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "2001:db8::/32"},
                "https://[2001:db8::1]",
                None,
            ),
            ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "b.test, *"}, "https://a.test", None),
            ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*.test"}, "https://a.test", None),
            ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "b.test a.test"}, "https://a.test", None),
            ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.test:443"}, "https://a.test", None),
            ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "a.test:80"}, "http://a.test", None),
            (
                {"HTTPS_PROXY": " http://p:1 ", "NO_PROXY": "a.test:80"},
                "https://a.test",
                "http://p:1",
            ),
            ({"HTTPS_PROXY": "http://p:1"}, "https://localhost:8080", None),
            ({"HTTPS_PROXY": "http://p:1"}, "https://[::1]:8080", None),
        ],
    )
    def test_the_environment_names_the_proxy_of_an_origin(
        self,
        variables: dict[str, str],
        origin: str,
        expected: str | None,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert named(Configuration(), origin) == expected

    def test_the_configuration_wins_over_the_environment(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTPS_PROXY", "http://environment:1")
        monkeypatch.setenv("NO_PROXY", "*")
        configuration = Configuration()
        configuration.proxy = "http://configured:2"
        assert named(configuration, "https://a.test") == "http://configured:2"
        configuration.no_proxy = "a.test"
        assert named(configuration, "https://a.test") is None
        configuration.proxy = None
        configuration.no_proxy = ""
        assert named(configuration, "https://a.test") == "http://environment:1"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (
            f"socks5://user:{URL_PASSWORD}@proxy:1080",
            "begins with socks5://; give an http or https",
        ),
        (f"ftp://user:{URL_PASSWORD}@proxy:1080", "begins with ftp://"),
        (f"http://user:{URL_PASSWORD}@proxy:port", "is not a URL"),
        (f"http://user:{URL_PASSWORD}@proxy:99999", "is not a URL"),
        (f"http://user:{URL_PASSWORD}@[::1", "is not a URL"),
        (f"user:{URL_PASSWORD}@", "is not a URL"),
        ("http://", "is not a URL"),
    ],
)
@pytest.mark.parametrize("by", ["Configuration.proxy", "The environment's HTTPS_PROXY"])
def test_a_url_that_is_not_a_proxys_is_refused_without_its_password(
    url: str, says: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = Caller("https://service.test")
    if by == "Configuration.proxy":
        caller.configuration.proxy = url
    else:
        monkeypatch.setenv("HTTPS_PROXY", url)
    with pytest.raises(ApiValueError) as raised:
        caller.call()
    assert str(raised.value).startswith(by)
    assert says in str(raised.value)
    shown = canary.with_locals(raised.value)
    assert PASSWORD not in shown
    assert URL_PASSWORD not in shown


@pytest.mark.parametrize("name", ["proxy", "no_proxy"])
def test_a_proxy_setting_of_another_type_is_refused(name: str) -> None:
    settings: dict[str, Any] = {name: ["a.test"]}
    with pytest.raises(ApiTypeError, match=f"Configuration.{name} is of type list; give a str"):
        with Caller("https://service.test", **settings) as caller:
            caller.call()


@pytest.mark.parametrize("password", ["geheim-\u017c\u00f3\u0142\u0107", "stra\u00dfe-12"])
def test_a_password_in_any_script_reaches_the_proxy_and_is_masked(password: str) -> None:
    """It is encoded in Latin-1 if it can be, as in 13.0.0, else in UTF-8."""
    with ProxyServer(answer()) as proxy:
        url = proxy.url.replace("://", f"://u:{urllib.parse.quote(password)}@")
        with Caller("http://service.test", token=None, proxy=url) as caller:
            caller.call()
        (request,) = proxy.requests
    sent = base64.b64decode((request.header("Proxy-Authorization") or "").partition(" ")[2])
    charset = "latin-1" if "\u00df" in password else "utf-8"
    assert sent.decode(charset) == f"u:{password}"
    with Caller("http://127.0.0.1:1", proxy=url, retries=0) as caller:
        caller.configuration.username, caller.configuration.password = "u", password
        assert str.__str__(caller.configuration.get_basic_auth_token() or "").encode() == (
            b"Basic " + base64.b64encode(sent)
        )
        with pytest.raises(ApiConnectionException) as raised:
            caller.call()
        assert password not in canary.with_locals(raised.value)


def test_a_header_for_the_proxy_with_a_line_break_is_refused() -> None:
    caller = Caller("https://service.test", proxy="http://p:1", proxy_headers={"X": "a\r\nY: b"})
    with pytest.raises(ApiValueError, match="'X' holds a line break"):
        caller.call()


def test_the_repr_of_a_proxy_holds_no_password() -> None:
    configuration = Configuration()
    configuration.proxy = f"http://user:{URL_PASSWORD}@proxy:3128"
    found = proxy_for(configuration, "https://a.test")
    assert isinstance(found, Proxy)
    assert found.headers["Proxy-Authorization"] == BASIC
    assert PASSWORD not in repr(found)
    assert BASIC not in repr(found)
    assert URL_PASSWORD not in repr(found)
