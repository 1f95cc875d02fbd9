"""Connections to where requests go: made when they are needed, kept, shared by threads."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import urllib3
from urllib3.response import BaseHTTPResponse

from launchdarkly_api.exceptions import ApiValueError
from launchdarkly_api.secret import HeaderDict
from launchdarkly_api.transport.proxy import proxy_for
from launchdarkly_api.transport.tls import proxy_context, service_context
from launchdarkly_api.transport.wire import Connection, SecureConnection

if TYPE_CHECKING:
    from launchdarkly_api.configuration import Configuration

_USUAL_SIZE = 4


class Route(NamedTuple):
    """A way to an origin."""

    manager: urllib3.PoolManager
    urlopen: Callable[..., BaseHTTPResponse]
    #: What ``urlopen`` wants before the path: a proxy is told the whole URL.
    prefix: str
    #: What a proxy is told beside it.
    proxy_headers: HeaderDict


class Connections:
    """The routes that a client has in use."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        # One that a signal handler may take again, which calls while the main thread has it.
        self._lock = threading.RLock()
        self._routes: dict[str, Route] = {}

    def route(self, origin: str) -> Route:
        """The way to an origin: scheme, host and port."""
        route = self._routes.get(origin)
        if route is None:
            with self._lock:
                route = self._routes.get(origin) or _new_route(self._configuration, origin)
                self._routes[origin] = route
        return route

    def send(self, origin: str, method: str, target: str, **options: Any) -> BaseHTTPResponse:
        """Send a request, and raise what urllib3 raises. Options are those of its ``urlopen``."""
        # A pool that another thread closes the client of goes on as long as it is held here.
        route = self.route(origin)
        return route.urlopen(method, route.prefix + target, **options)

    def close(self) -> None:
        """Close what is idle at once, and what is in use when it is idle."""
        with self._lock:
            routes, self._routes = self._routes, {}
        for route in routes.values():
            route.manager.clear()


def _new_route(configuration: Configuration, origin: str) -> Route:
    proxy = proxy_for(configuration, origin)
    settings: dict[str, Any] = {"maxsize": _size(configuration.connection_pool_maxsize)}
    if origin.startswith("https:"):
        settings["ssl_context"] = service_context(configuration)
        if configuration.assert_hostname is not None:
            settings["assert_hostname"] = configuration.assert_hostname
    if configuration.socket_options is not None:
        settings["socket_options"] = configuration.socket_options
    if proxy is None:
        manager = _watched(urllib3.PoolManager(**settings))
        return Route(manager, manager.connection_from_url(origin).urlopen, "", HeaderDict())
    if proxy.url.startswith("https:"):
        settings["proxy_ssl_context"] = proxy_context(configuration)
        if not origin.startswith("https:"):
            settings["ssl_context"] = settings["proxy_ssl_context"]
    manager = _watched(urllib3.ProxyManager(proxy.url, proxy_headers=proxy.headers, **settings))
    return Route(manager, manager.urlopen, origin, proxy.headers)


def _watched(manager: urllib3.PoolManager) -> urllib3.PoolManager:
    classes: dict[str, Any] = {"http": _Pool, "https": _SecurePool}
    manager.pool_classes_by_scheme = classes
    return manager


def _size(given: int | None) -> int:
    size = _USUAL_SIZE if given is None else given
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ApiValueError(
            f"Configuration.connection_pool_maxsize is {given!r}; give a number from 1"
        )
    return size


class _Idle:
    """Idle connections, the last one used on top: what urllib3 needs of ``queue.LifoQueue``.

    It has no lock, as a list needs none for these: a process can be forked at any moment, and a
    lock that another thread holds then is never free in the child.
    """

    def __init__(self, maxsize: int) -> None:
        self._maxsize = maxsize
        self._stack: list[Any] = []

    def qsize(self) -> int:
        return len(self._stack)

    def get(self, block: bool = False, timeout: float | None = None) -> Any:  # noqa: ARG002
        try:
            return self._stack.pop()
        except IndexError:
            raise queue.Empty from None

    def put(self, connection: Any, block: bool = False) -> None:  # noqa: ARG002
        self._stack.append(connection)
        if len(self._stack) > self._maxsize:
            unused = self._stack.pop(0)
            if unused is not None:
                unused.close()


# urllib3's protocols declare as attributes what its own classes have as properties.
_PLAIN: Any = Connection
_SECURE: Any = SecureConnection
_IDLE: Any = _Idle


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PLAIN
    QueueCls = _IDLE


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SECURE
    QueueCls = _IDLE
