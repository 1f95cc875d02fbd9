"""Decides whether a redirect is followed (RFC 9110, 15.4)."""

from __future__ import annotations

import urllib.parse
from typing import NamedTuple

from urllib3.connection import port_by_scheme

REDIRECTS = frozenset((301, 302, 303, 307, 308))
MAX_REDIRECTS = 5


class Redirect(NamedTuple):
    """The decision on a redirect."""

    #: The path and query to request next, at the same origin; empty if there is a ``reason``.
    target: str = ""
    #: Why the redirect is not followed.
    reason: str = ""


def redirect(
    method: str, origin: str, target: str, location: str, followed: int, limit: int = MAX_REDIRECTS
) -> Redirect:
    """Decide whether a redirect is followed.

    Only a GET is followed, and only within its origin: no other origin may see the access token,
    and a write must not be done twice.

    Args:
        method: The method of the request.
        origin: Scheme, host and port of the request.
        target: Path and query of the request.
        location: The ``Location`` header of the response.
        followed: The number of redirects that this call has followed.
        limit: The maximum number of redirects that a call follows.
    """
    if not location:
        return Redirect(reason="it does not name a location")
    if method != "GET":
        return Redirect(reason=f"a {method} is not sent again elsewhere (to {location})")
    try:
        there = urllib.parse.urlsplit(urllib.parse.urljoin(origin + target, location))
        here = urllib.parse.urlsplit(origin)
        same = _origin(there) == _origin(here)
    except ValueError:
        return Redirect(reason=f"{location!r} is not a URL")
    if not same:
        return Redirect(
            reason=f"not followed to {location}, since only {origin} may see the access token"
        )
    if followed >= limit:
        return Redirect(reason=f"not followed to {location}, after {followed} others")
    return Redirect((there.path or "/") + (f"?{there.query}" if there.query else ""))


def _origin(url: urllib.parse.SplitResult) -> tuple[str, str | None, str | None, int | None]:
    """Scheme, user, host and port. URLs that differ in any of them have different origins."""
    return url.scheme, url.username, url.hostname, url.port or port_by_scheme.get(url.scheme)
