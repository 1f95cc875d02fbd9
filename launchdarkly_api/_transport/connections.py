"""urllib3's pool managers: created when needed, kept until a setting changes, shared by threads."""

from __future__ import annotations

import queue
import threading
from typing import Any, NamedTuple

import urllib3

from launchdarkly_api._support.locks import lock_of_process
from launchdarkly_api._support.secret import HeaderDict
from launchdarkly_api._transport.platform import check_settings, in_browser
from launchdarkly_api._transport.proxy import proxy_for
from launchdarkly_api._transport.settings import TransportSettings, pool_size
from launchdarkly_api._transport.tls import proxy_context, service_context
from launchdarkly_api._transport.wire import connection_class


class Route(NamedTuple):
    """How to reach an origin."""

    manager: urllib3.PoolManager
    #: The headers for the proxy, if there is one.
    proxy_headers: HeaderDict
    #: The settings that the manager was made with.
    settings: tuple[Any, ...]


class Connections:
    """The routes that a client uses."""

    def __init__(self, configuration: TransportSettings) -> None:
        self._configuration = configuration
        # Re-entrant: a signal handler may make a call while the main thread holds it.
        self._lock = threading.RLock()
        self._routes: dict[str, Route] = {}

    def route(self, origin: str) -> Route:
        """Return the route to an origin: scheme, host and port.

        If a setting has changed since the last call, the route gets a new manager with new
        connections.
        """
        route = self._routes.get(origin)
        settings = _settings(self._configuration)
        if route is None or route.settings != settings:
            with self._lock:
                outdated = self._routes.get(origin)
                if outdated is not None and outdated.settings == settings:
                    return outdated
                route = self._routes[origin] = _new_route(self._configuration, origin, settings)
            if outdated is not None:
                outdated.manager.clear()
        return route

    def close(self) -> None:
        """Close idle connections at once, and the others when their responses have been read."""
        with self._lock:
            routes, self._routes = self._routes, {}
        for route in routes.values():
            route.manager.clear()


def _settings(configuration: TransportSettings) -> tuple[Any, ...]:
    """The current values of the settings that a connection depends on."""
    headers, options = configuration.proxy_headers, configuration.socket_options
    return (
        configuration.verify_ssl,
        configuration.ssl_ca_cert,
        configuration.cert_file,
        configuration.key_file,
        configuration.assert_hostname,
        configuration.connection_pool_maxsize,
        configuration.proxy,
        configuration.no_proxy,
        headers and tuple(headers.items()),
        options and tuple(options),
    )


def _new_route(configuration: TransportSettings, origin: str, current: tuple[Any, ...]) -> Route:
    check_settings(configuration)
    proxy = proxy_for(configuration, origin)
    settings: dict[str, Any] = {"maxsize": pool_size(configuration.connection_pool_maxsize)}
    if origin.startswith("https:") and not in_browser():
        settings["ssl_context"] = service_context(configuration)
        if configuration.assert_hostname is not None:
            settings["assert_hostname"] = configuration.assert_hostname
    if configuration.socket_options is not None:
        settings["socket_options"] = configuration.socket_options
    if proxy is None:
        return Route(_with_pools(urllib3.PoolManager(**settings)), HeaderDict(), current)
    if proxy.url.startswith("https:"):
        settings["proxy_ssl_context"] = proxy_context(configuration)
        if not origin.startswith("https:"):
            settings["ssl_context"] = settings["proxy_ssl_context"]
    manager = urllib3.ProxyManager(proxy.url, proxy_headers=proxy.headers, **settings)
    return Route(_with_pools(manager), proxy.headers, current)


def _with_pools(manager: urllib3.PoolManager) -> urllib3.PoolManager:
    classes: dict[str, Any] = {"http": _Pool, "https": _SecurePool}
    manager.pool_classes_by_scheme = classes
    return manager


class _Idle(queue.LifoQueue[Any]):
    """A stack of idle connections: the last used is on top, and a full stack drops its oldest.

    ``LifoQueue`` uses a lock. If the interrupted call holds it, a signal handler that makes a call
    would wait for its own thread, and a forked child for a thread that it does not have. A list
    can be appended to and popped from without a lock.
    """

    def get(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: ARG002
        try:
            return self.queue.pop()
        except IndexError:
            raise queue.Empty from None

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: ARG002
        self.queue.append(item)
        if len(self.queue) > self.maxsize:
            unused = self.queue.pop(0)
            if unused is not None:
                unused.close()

    def qsize(self) -> int:
        return len(self.queue)


# Re-entrant: a signal handler may make a call while the interrupted call takes a connection.
_taking = lock_of_process()


class _Taken(urllib3.HTTPConnectionPool):
    """A pool that lets one thread at a time take a connection, across the pools of all clients.

    While vcrpy creates one of its connections, it restores urllib3's own classes for all threads.
    Another thread that took a connection at that moment would get a real one, and would send a
    request that the recorder should refuse. urllib3 has no public method for this step.
    """

    QueueCls = _Idle

    def _get_conn(self, timeout: float | None = None) -> Any:
        with _taking():
            return super()._get_conn(timeout)


class _Pool(_Taken):
    @property
    def ConnectionCls(self) -> Any:  # type: ignore[override]  # pyright: ignore
        return connection_class(urllib3.HTTPConnectionPool.ConnectionCls)


class _SecurePool(_Taken, urllib3.HTTPSConnectionPool):
    @property
    def ConnectionCls(self) -> Any:  # type: ignore[override]  # pyright: ignore
        return connection_class(urllib3.HTTPSConnectionPool.ConnectionCls)
