"""Chooses the proxy for requests to a host."""

from __future__ import annotations

import ipaddress
import urllib.parse
from collections.abc import Mapping
from typing import NamedTuple

from urllib3.connection import port_by_scheme
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from launchdarkly_api._support.secret import HeaderDict, basic_credentials, secret
from launchdarkly_api._support.text import checked_text
from launchdarkly_api._transport.headers import merge_headers
from launchdarkly_api._transport.hosts import is_loopback
from launchdarkly_api._transport.settings import TransportSettings
from launchdarkly_api.exceptions import ApiValueError


class Proxy(NamedTuple):
    """A proxy, and the headers for it."""

    #: Without user and password.
    url: str
    #: For the proxy itself, including its user and password.
    headers: HeaderDict


def proxy_for(configuration: TransportSettings, origin: str) -> Proxy | None:
    """The proxy for requests to this origin, or ``None`` for a direct connection.

    ``Configuration.proxy`` takes precedence over ``HTTP_PROXY``, ``HTTPS_PROXY`` and ``ALL_PROXY``.
    ``NO_PROXY`` applies only to a proxy that the environment names, and only if
    ``Configuration.no_proxy`` is ``None``. A proxy from the environment is not used for a host on
    this machine. A proxy without a scheme is reached by http.

    Raises:
        ApiValueError: The setting or the variable does not name an http or https proxy.
    """
    parts = urllib.parse.urlsplit(origin)
    host = parts.hostname or ""
    url, source, no_proxy = _named(configuration, parts.scheme)
    if not url or (not configuration.proxy and is_loopback(host)):
        return None
    if no_proxy and _is_exempt(parts, no_proxy):
        return None
    return _proxy(url, source, configuration.proxy_headers or {})


def check_proxy(configuration: TransportSettings) -> None:
    """Check ``Configuration.proxy``.

    Raises:
        ApiValueError: The setting does not name an http or https proxy.
    """
    if configuration.proxy:
        _proxy(configuration.proxy, "Configuration.proxy", configuration.proxy_headers or {})


def _named(configuration: TransportSettings, scheme: str) -> tuple[str | None, str, str | None]:
    """The proxy's URL, the setting that names it, and the hosts that are reached without it."""
    from urllib.request import getproxies_environment

    no_proxy: str | None = checked_text("Configuration.no_proxy", configuration.no_proxy)
    if configuration.proxy:
        return configuration.proxy, "Configuration.proxy", no_proxy
    environment = getproxies_environment()
    if scheme not in environment:
        scheme = "all"
    return (
        secret(environment.get(scheme, "").strip()),
        f"The environment's {scheme.upper()}_PROXY",
        environment.get("no") if no_proxy is None else no_proxy,
    )


def _proxy(url: str, source: str, extra: Mapping[str, str]) -> Proxy:
    url, auth = _without_user(url if "://" in url else f"http://{url}")
    if not url:
        raise ApiValueError(f"{source} is not a URL; give one such as 'http://proxy:3128'")
    scheme = url.partition("://")[0]
    if scheme not in ("http", "https"):
        raise ApiValueError(
            f"{source} begins with {scheme}://; give an http or https proxy,"
            " such as 'http://proxy:3128'"
        )
    return Proxy(url, merge_headers(({"Proxy-Authorization": auth}, HeaderDict(extra))))


def _without_user(url: str) -> tuple[str, str | None]:
    """The URL without credentials, empty if it is invalid, and the credentials as a header."""
    try:
        parts = parse_url(url)
    except LocationParseError:
        return "", None
    if not parts.host:
        return "", None
    alone = parts._replace(auth=None, path=None, query=None, fragment=None).url
    if parts.auth is None:
        return alone, None
    user, _, password = (urllib.parse.unquote(part) for part in parts.auth.partition(":"))
    return alone, basic_credentials(user, password)


def _is_exempt(parts: urllib.parse.SplitResult, no_proxy: str) -> bool:
    """Whether a comma-separated list of hosts, domains and networks includes this host."""
    from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

    host = parts.hostname or ""
    # Other clients also accept blanks instead of commas, and ``*.`` before a domain.
    entries = [entry.removeprefix("*.") for entry in no_proxy.lower().replace(",", " ").split()]
    if "*" in entries or any(_in_network(host, entry) for entry in entries):
        return True
    place = parts.netloc if parts.port else f"{parts.netloc}:{port_by_scheme[parts.scheme]}"
    rules = {"no": ",".join(entries)}
    return bool(proxy_bypass_environment(place, rules))  # pyright: ignore[reportUnknownArgumentType]


def _in_network(host: str, entry: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False
