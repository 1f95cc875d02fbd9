"""The base URL that requests are built on: checked, in one spelling, without credentials."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from launchdarkly_api._support.printable import shown
from launchdarkly_api._support.scalars import whole_number
from launchdarkly_api._support.secret import MASK, NotText, Secret, secret
from launchdarkly_api._support.text import plain, text_of
from launchdarkly_api._transport.dot_segments import has_dot_segment
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError

_EXAMPLE = "'https://app.launchdarkly.com'"
_URL = re.compile(r"(https?)://([^/]*)(/.*)?", re.IGNORECASE | re.DOTALL)
#: The authority of RFC 3986, 3.2, without a user: an address in brackets or a name, and a port.
_AUTHORITY = re.compile(r"(?:\[([^\[\]]*)\]|([^\[\]:]*))(:[^\[\]:]*)?")
#: RFC 1123, 2.1, plus the underscores that internal names may have, and a final dot.
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.(?!$)|\.?$))+", re.IGNORECASE)
_PORT = re.compile(r"0*[1-9][0-9]{0,4}")
_MAX_PORT = 65535
#: The beginning of each call's own path.
_PREFIX = "/api/v2"
#: Signs of a part of a URL that may hold a credential: user and password, query or fragment.
_CREDENTIAL_SIGNS = re.compile(r"[@?#\\]")


def guarded_host(host: Any) -> Any:
    """Hide a host that may hold a credential. ``checked_host`` will refuse it."""
    if host is None or isinstance(host, (Secret, NotText, int, float)):
        return host
    if isinstance(host, str) and _may_be_shown(plain(host)):
        return plain(host)
    return secret(host)


def checked_host(host: Any) -> str:
    """Check a base URL. Returns it in lower case up to the path, without a slash at the end.

    Raises:
        ApiValueError: Requests cannot be built on it. The message does not show a user, a password,
            a query, a fragment, or a text that may be a token instead of a host.
    """
    host = guarded_host(host)
    if not isinstance(host, str):
        kind = host.kind if isinstance(host, NotText) else type(host).__name__
        raise ApiValueError(f"The host is of type {kind}; give a str such as {_EXAMPLE}")
    return _checked(host)


def server_url(
    known: Sequence[Mapping[str, Any]], index: int, variables: Mapping[str, str] | None
) -> str:
    """The base URL of one of the known servers, with the values of its variables.

    Raises:
        ApiTypeError: The index is not a whole number.
        ApiValueError: The index is out of range, a variable has a value that is not allowed, or
            requests cannot be built on the URL.
    """
    place = whole_number(index)
    if place is None:
        raise ApiTypeError(
            f"Expected int, got {type(index).__name__} as the index of a server", None, (int,)
        )
    if not -len(known) <= place < len(known):
        raise ApiValueError(f"There is no server {shown(place)}: the index is below {len(known)}")
    url = text_of(known[place]["url"])
    for name, variable in known[place].get("variables", {}).items():
        value = text_of((variables or {}).get(name, variable["default_value"]))
        allowed = variable.get("enum_values")
        if allowed and value not in allowed:
            raise ApiValueError(f"The host's variable {name!r} is {value!r}, not of {allowed}")
        url = url.replace(f"{{{name}}}", value)
    return checked_host(url)


@lru_cache(maxsize=64)
def _checked(host: str) -> str:
    reason = _why_no_host(host)
    if reason:
        raise ApiValueError(f"The host {_without_credentials(host)} {reason}")
    scheme, authority, path = _parts(host)
    return f"{scheme}://{authority}{path.rstrip('/')}"


def _parts(host: str) -> tuple[str, str, str]:
    found = _URL.fullmatch(host)
    if found is None:
        return "", "", ""
    # The zone of an IPv6 address is a name of the operating system, and may be case-sensitive.
    address, percent, zone = found[2].partition("%")
    return found[1].lower(), address.lower() + percent + zone, found[3] or ""


def _why_no_host(host: str) -> str | None:
    return _why_no_text_of_a_url(host) or _why_no_origin(host) or _why_no_path(_parts(host)[2])


def _why_no_text_of_a_url(host: str) -> str | None:
    if "\\" in host:
        return "holds a backslash; write /"
    if any(c <= " " or c == "\x7f" for c in host):
        return "holds a blank or a control character; leave it out"
    if not host.isascii():
        return "holds a character that is not ASCII; write the name in Punycode (xn--...)"
    scheme, authority, _ = _parts(host)
    if not scheme or not re.split(r"[?#]", authority)[0]:
        return f"must begin with https:// (or http://), as {_EXAMPLE} does"
    if "@" in authority:
        return "must not hold a user or a password; set api_key['ApiKey']"
    if "?" in host or "#" in host:
        return "must not hold a query or a fragment; leave out ? and #, and what follows"
    return None


def _why_no_origin(host: str) -> str | None:
    found = _AUTHORITY.fullmatch(_parts(host)[1])
    if found is None:
        return "is not a URL: an IPv6 address is written in brackets, as in https://[::1]:8443"
    address, name, port = found.groups()
    if address is not None and not _is_ipv6(address):
        return "is not a URL: there is no IPv6 address in the brackets"
    if address is None and not _NAME.fullmatch(name):
        return "is not a URL: a host's name has letters, digits, hyphens and dots between them"
    if port == ":":
        return "is not a URL: no port follows the colon; give one, or leave out the colon"
    if port and not (_PORT.fullmatch(port, 1) and int(port[1:]) <= _MAX_PORT):
        return f"is not a URL: the port is a number from 1 to {_MAX_PORT}"
    return None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: ``localhost``, 127.0.0.0/8, ``::1``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def _is_ipv6(address: str) -> bool:
    try:
        ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return False
    return True


def _why_no_path(path: str) -> str | None:
    if has_dot_segment(path):
        return "must not hold . or .. as a part of its path"
    if path.rstrip("/").lower().endswith(_PREFIX):
        return f"must not end in {_PREFIX}, which each call adds; leave it out"
    return None


def _may_be_shown(host: str) -> bool:
    """Whether the text holds no credential and is not a token instead of a host."""
    if _CREDENTIAL_SIGNS.search(host):
        return False
    if "://" in host:
        return True
    name = re.split("[:/]", host)[0]
    return "." in name and name == name.lower() and bool(_NAME.fullmatch(name))


def _without_credentials(host: str) -> str:
    """The host in a form that a message may show."""
    if _may_be_shown(host):
        return f"{host!r:.100}"
    scheme, slashes, rest = host.partition("://")
    if not slashes or "\\" in host:
        return repr(MASK)
    authority, *_ = re.split(r"[/?#]", rest)
    if "@" in authority:
        return repr(f"{scheme}://{MASK}@{authority.rpartition('@')[2]}")
    return repr(f"{scheme}://{authority}{MASK}")
