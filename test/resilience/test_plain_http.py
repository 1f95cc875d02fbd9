"""A token that is sent over plain HTTP to another machine warns once."""

from __future__ import annotations

import warnings

import pytest
import urllib3.exceptions

from launchdarkly_api._transport.hosts import is_loopback
from launchdarkly_api.exceptions import ApiConnectionException, InsecureTransportWarning
from test.fault_server import FaultServer
from test.resilience.proxies import ProxyServer
from test.resilience.tools import TOKEN, Caller


def test_a_token_over_plain_http_warns_once_at_the_callers_line() -> None:
    with (
        ProxyServer() as proxy,
        Caller("http://service.test", proxy=proxy.url) as caller,
        Caller("http://service.test", proxy=proxy.url) as another,
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        caller.call()
        caller.call("POST")
        caller.client.close()
        caller.call()
        assert len(caught) == 1
        another.call()
        assert len(caught) == 2
        assert len(proxy.requests) == 4
    (warning, _) = caught
    assert warning.category is InsecureTransportWarning
    assert issubclass(warning.category, urllib3.exceptions.SecurityWarning)
    assert warning.filename.endswith("tools.py")
    assert "http://service.test" in str(warning.message)
    assert "set Configuration.host to an https:// URL" in str(warning.message)
    assert TOKEN not in str(warning.message)


def test_a_plain_http_warning_turned_into_an_error_sends_nothing() -> None:
    with ProxyServer() as proxy, Caller("http://service.test", proxy=proxy.url) as caller:
        for _ in range(2):
            with pytest.raises(InsecureTransportWarning):
                caller.call()
        assert proxy.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.9.10"])
def test_a_token_over_plain_http_to_this_machine_does_not_warn(host: str) -> None:
    with (
        FaultServer() as server,
        Caller(server.url.replace("127.0.0.1", host), retries=0, timeout=5) as caller,
    ):
        try:
            caller.call()
        except ApiConnectionException:
            # This machine may not serve this address; the call did not warn, at least.
            assert host != "127.0.0.1"


def test_plain_http_without_a_token_does_not_warn() -> None:
    with (
        ProxyServer() as proxy,
        Caller("http://service.test", proxy=proxy.url, token=None) as caller,
    ):
        caller.call()
        assert len(proxy.requests) == 1
        with pytest.raises(InsecureTransportWarning):
            caller.call(_headers={"Cookie": "session=0123456789"})


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.255.255.254", True),
        ("::1", True),
        ("localhost", True),
        ("LocalHost", True),
        ("localhost.", True),
        ("128.0.0.1", False),
        ("10.0.0.1", False),
        ("::2", False),
        ("localhost.test", False),
        ("127.0.0.1.test", False),
        ("", False),
    ],
)
def test_loopback_hosts_are_recognised(host: str, local: bool) -> None:
    assert is_loopback(host) is local
