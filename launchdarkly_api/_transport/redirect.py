"""Where a redirect leads, and why it is not followed (RFC 9110, 15.4)."""

from __future__ import annotations

import urllib.parse
from typing import NamedTuple

from urllib3.connection import port_by_scheme

REDIRECTS = frozenset((301, 302, 303, 307, 308))
MOST_REDIRECTS = 5


class Redirect(NamedTuple):
    """What comes of an answer that is a redirect."""

    #: Path and query within the same origin; empty where it is not followed.
    target: str = ""
    #: Why it is not.
    reason: str = ""


def redirect(
    method: str, origin: str, target: str, location: str, followed: int, most: int = MOST_REDIRECTS
) -> Redirect:
    """What comes of a redirect to this ``Location``, after so many others of the same call.

    Only a GET follows, and only within its origin: what it carries is for nobody else, and a write
    must not be done twice.
    """
    if not location:
        return Redirect(reason="it does not say where to")
    if method != "GET":
        return Redirect(reason=f"a {method} is not sent again elsewhere (to {location})")
    try:
        there = urllib.parse.urlsplit(urllib.parse.urljoin(origin + target, location))
        here = urllib.parse.urlsplit(origin)
        same = _origin(there) == _origin(here)
    except ValueError:
        return Redirect(reason=f"{location!r} is no URL")
    if not same:
        return Redirect(
            reason=f"not followed to {location}, since only {origin} may see the access token"
        )
    if followed >= most:
        return Redirect(reason=f"not followed to {location}, after {followed} others")
    return Redirect((there.path or "/") + (f"?{there.query}" if there.query else ""))


def _origin(url: urllib.parse.SplitResult) -> tuple[str, str | None, str | None, int | None]:
    """Scheme, user, host and port: who differs in one of them is another."""
    return url.scheme, url.username, url.hostname, url.port or port_by_scheme.get(url.scheme)
