"""The places at which a fault happens: a server, a proxy, or a port on which nobody listens."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

from test.fault_server import FaultServer, Reaction, refusing
from test.resilience.certificates import DAY, Authority
from test.resilience.proxies import ProxyServer


class Place(NamedTuple):
    """A URL to call, the server that counts the requests, and the settings to call it with."""

    url: str
    #: None if no server runs there.
    server: FaultServer | None
    settings: Mapping[str, Any] = {}


#: Opens a place whose server follows the script, with certificates of the authority.
Setting = Callable[[Authority, Sequence[Reaction]], AbstractContextManager[Place]]


@contextmanager
def server(authority: Authority, script: Sequence[Reaction]) -> Generator[Place, None, None]:
    """A server without TLS."""
    with FaultServer(*script) as running:
        yield Place(running.url, running)


@contextmanager
def no_listener(authority: Authority, script: Sequence[Reaction]) -> Generator[Place, None, None]:
    """A port on which nobody listens."""
    with refusing() as url:
        yield Place(url, None)


@contextmanager
def unknown_host(authority: Authority, script: Sequence[Reaction]) -> Generator[Place, None, None]:
    """A host that does not exist (RFC 6761)."""
    yield Place("https://no-such-host.invalid", None)


def tls(
    *hosts: str,
    trusted: bool = True,
    age: datetime.timedelta = DAY,
    asks_for_certificate: bool = False,
) -> Setting:
    """A server with a certificate for these hosts.

    Args:
        hosts: The names and addresses in the certificate.
        trusted: Whether the client trusts the authority.
        age: The time since the certificate became valid; negative if it is not valid yet.
        asks_for_certificate: Whether the server demands a certificate of the client.
    """

    @contextmanager
    def setting(authority: Authority, script: Sequence[Reaction]) -> Generator[Place, None, None]:
        context = authority.server_context(
            authority.issue(*hosts, age=age), clients=authority if asks_for_certificate else None
        )
        with FaultServer(*script, context=context) as running:
            settings = {"ssl_ca_cert": str(authority.path)} if trusted else {}
            yield Place(running.url, running, settings)

    return setting


@contextmanager
def no_tls(authority: Authority, script: Sequence[Reaction]) -> Generator[Place, None, None]:
    """A server without TLS, called with ``https``."""
    with FaultServer(*script) as running:
        yield Place(running.url.replace("http:", "https:"), running)


@contextmanager
def proxy(authority: Authority, script: Sequence[Reaction]) -> Generator[Place, None, None]:
    """A proxy in front of a server without TLS."""
    with ProxyServer(*script, authorization="none") as running:
        yield Place("http://127.0.0.9", running, {"proxy": running.url})


@contextmanager
def tunnel(authority: Authority, script: Sequence[Reaction]) -> Generator[Place, None, None]:
    """A proxy in front of a server with TLS."""
    context = authority.server_context(authority.issue("service.test"))
    trust = {"ssl_ca_cert": str(authority.path)}
    with (
        FaultServer(context=context) as origin,
        ProxyServer(*script, upstream=origin, authorization=None) as running,
    ):
        yield Place("https://service.test", running, {"proxy": running.url, **trust})


@contextmanager
def no_proxy(authority: Authority, script: Sequence[Reaction]) -> Generator[Place, None, None]:
    """A proxy that does not run."""
    with refusing() as url:
        yield Place("https://service.test", None, {"proxy": url})
