"""Settings of TLS, proxy and pool count from the next call on, as ``timeout`` does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from launchdarkly_api.exceptions import ApiConnectionException
from test.fault_server import FaultServer
from test.resilience.certificates import Authority
from test.resilience.proxies import ProxyServer
from test.resilience.tools import Caller


@pytest.fixture
def secure(authority: Authority) -> Any:
    with FaultServer(context=authority.server_context(authority.issue("127.0.0.1"))) as server:
        yield server


def test_a_call_succeeds_after_the_remedy_in_the_message(
    secure: FaultServer, authority: Authority
) -> None:
    with Caller(secure.url) as caller:
        with pytest.raises(ApiConnectionException, match=r"set Configuration\.ssl_ca_cert"):
            caller.call()
        caller.configuration.ssl_ca_cert = str(authority.path)
        assert caller.call().key == "exp"


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_turning_verification_on_closes_unverified_connections(secure: FaultServer) -> None:
    with Caller(secure.url, verify_ssl=False) as caller:
        caller.call()
        caller.configuration.verify_ssl = True
        with pytest.raises(ApiConnectionException, match="certificate was refused"):
            caller.call()
        assert len(secure.requests) == 1


def test_a_client_certificate_that_is_set_later_is_shown(authority: Authority) -> None:
    context = authority.server_context(authority.issue("127.0.0.1"), clients=authority)
    with FaultServer(context=context) as server:
        with Caller(server.url, ssl_ca_cert=str(authority.path), retries=0) as caller:
            with pytest.raises(ApiConnectionException):
                caller.call()
            mine = authority.issue(name="client")
            caller.configuration.cert_file = str(mine.certificate)
            caller.configuration.key_file = str(mine.key)
            assert caller.call().key == "exp"


def test_a_proxy_that_is_set_later_is_used_and_one_that_is_removed_is_not() -> None:
    with FaultServer() as server, ProxyServer() as proxy, Caller(server.url) as caller:
        caller.call()
        caller.configuration.proxy = proxy.url
        caller.call()
        caller.configuration.no_proxy = "127.0.0.1"
        caller.call()
        caller.configuration.no_proxy = None
        caller.configuration.proxy_headers = {"X-Proxy": "1"}
        caller.call()
        headers: Any = caller.configuration.proxy_headers
        headers["X-Proxy"] = "2"
        caller.call()
        caller.configuration.proxy = None
        caller.call()
        assert len(server.requests) == 3
        assert [request.header("X-Proxy") for request in proxy.requests] == [None, "1", "2"]


def test_changed_socket_options_apply_to_new_connections() -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        caller.call()
        caller.configuration.socket_options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
        caller.call()
        caller.call()
        assert server.connections == 2


def test_a_call_under_way_keeps_the_connection_it_has() -> None:
    """Another thread changes a setting, and both calls succeed."""
    with FaultServer() as server, Caller(server.url) as caller:
        inside, changed = threading.Event(), threading.Event()

        def wait_inside(event: Any) -> None:
            if event.headers.get("X-First"):
                inside.set()
                changed.wait(60)

        caller.configuration.event_hooks["request"].append(wait_inside)
        first = caller.call(async_req=True, _headers={"X-First": "1"})
        assert inside.wait(60)
        caller.configuration.connection_pool_maxsize = 3
        assert caller.call().key == "exp"
        changed.set()
        assert first.get(60).key == "exp"


def test_unchanged_settings_keep_the_connection() -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        for options in ([(6, 1, 1)], [(6, 1, 1)], ((6, 1, 1),)):
            caller.configuration.socket_options = options
            caller.call()
        assert server.connections == 1


def test_threads_that_meet_a_changed_setting_share_one_new_pool() -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        caller.call()
        before = caller.client.rest_client.pool_manager
        caller.configuration.connection_pool_maxsize = 5
        barrier, managers = threading.Barrier(8), []

        def work() -> None:
            barrier.wait()
            managers.append(caller.client.rest_client.pool_manager)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({id(manager) for manager in managers}) == 1
        assert managers[0] is not before


def test_a_thread_that_meets_a_changed_setting_late_shares_the_new_pool() -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        caller.call()
        client = caller.client.rest_client
        before, managers = client.pool_manager, list[Any]()
        other = threading.Thread(target=lambda: managers.append(client.pool_manager))

        class Options(list[Any]):
            """Options that another thread reads, while this one does."""

            def __iter__(self) -> Iterator[Any]:
                if threading.current_thread() is not other and not managers:
                    other.start()
                    other.join()
                return super().__iter__()

        caller.configuration.socket_options = Options([(6, 1, 1)])
        assert client.pool_manager is managers[0] is not before
