"""Who may call: the names of the sandbox, and the web pages that may use it.

Any web page that somebody visits can make the browser send requests to this computer. It must
neither read the sandbox nor change it. Two facts show where a request comes from:

- ``Host``: a page can let its own name stand for this computer (DNS rebinding), and then counts as
  part of the sandbox. Its name is still in ``Host``. Nobody can do this with an IP address.
- ``Origin`` and ``Sec-Fetch-Site``: browsers say that a page of another origin asks. Other clients
  send neither.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from werkzeug.datastructures import EnvironHeaders

from launchdarkly_api.sandbox.service.limits import RATE_LIMIT_HEADERS
from launchdarkly_api.sandbox.service.problems import RefusedError, observed

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
else:
    # Annotations must also resolve at run time.
    StartResponse = WSGIApplication = WSGIEnvironment = Any

#: The headers that a browser lets scripts of other origins read, beside the default ones.
EXPOSED = ", ".join(("Allow", "Retry-After", *RATE_LIMIT_HEADERS))

#: The browser neither guesses the type of a response, nor gives it to pages of other origins.
PROTECTION = [
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]


#: A name or an address, and a port. Nothing else may be in ``Host``.
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^][:/?#@\\\s]+)(?::[0-9]*)?")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def is_loopback(host: str) -> bool:
    """Whether only this computer can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _checked_host(name: Any) -> str:
    if not isinstance(name, str) or not name.isascii() or re.search("[/:@ ]|^$", name):
        raise ValueError(
            "allow_hosts must name hosts without a port, in ASCII, such as 'sandbox.example.com',"
            f" not {name!r:.80}"
        )
    return name.lower()


def _checked_origin(origin: Any) -> str:
    if origin in ("*", "null"):
        return str(origin)
    if isinstance(origin, str) and origin.isascii():
        scheme, _, host = origin.lower().removesuffix("/").partition("://")
        if re.fullmatch("[a-z][a-z0-9+.-]*", scheme) and _HOST.fullmatch(host):
            # Browsers omit the default port.
            return f"{scheme}://{host.removesuffix(_DEFAULT_PORTS.get(scheme, ''))}"
    raise ValueError(
        "allow_origins must name origins in ASCII, such as 'https://app.example.com',"
        f" not {origin!r:.80}"
    )


def _all(name: str, values: Any, check: Callable[[Any], str]) -> frozenset[str]:
    if isinstance(values, str):
        raise ValueError(f"{name} must be a list, not {values!r:.80}")
    return frozenset(map(check, values))


class Access:
    """Which names and which origins are accepted.

    Args:
        host: The address that the sandbox listens on.
        allow_hosts: Further names of the sandbox. One that begins with a dot stands for all names
            that end with it, and ``*`` for all.
        allow_origins: The origins of web pages that may use the sandbox. ``*`` stands for all.

    Raises:
        ValueError: A name or an origin is malformed.
    """

    def __init__(
        self, host: str, allow_hosts: Iterable[str] = (), allow_origins: Iterable[str] = ()
    ) -> None:
        self._own = host.lower()
        self._reachable = not is_loopback(self._own)
        self._hosts = _all("allow_hosts", allow_hosts, _checked_host)
        self._origins = _all("allow_origins", allow_origins, _checked_origin)

    def allowed_origin(self, environ: WSGIEnvironment) -> str | None:
        """Return the origin of the web page that asks, if it is another one that is allowed."""
        origin = environ.get("HTTP_ORIGIN")
        allowed = origin is not None and not self._origins.isdisjoint((origin.lower(), "*"))
        return origin if allowed else None

    def problem(self, environ: WSGIEnvironment) -> RefusedError | None:
        """Return why a request is refused, or None."""
        host = _named_host(environ)
        if host and not self._knows(host):
            return observed(
                403,
                f"The host {host!r:.80} is not a name of the sandbox. If it should be, start the"
                " sandbox with --allow-host.",
            )
        if self.allowed_origin(environ) is not None:
            return None
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None:
            # TLS on the same host and port is that of a proxy.
            own = (f"http://{host}".lower(), f"https://{host}".lower())
            foreign = not host or origin.lower() not in own
        else:
            foreign = self._is_embedded(environ)
        if foreign:
            page = "another origin" if origin is None else repr(origin)
            return observed(
                403,
                f"The request is from a web page of {page:.80}. If the page may use the sandbox,"
                " start the sandbox with --allow-origin.",
            )
        return None

    def _knows(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = found[1].strip("[]").lower().removesuffix(".")
        if _is_address(name) or name in ("localhost", self._own):
            return True
        if name.endswith(".localhost") or "*" in self._hosts or name in self._hosts:
            return True
        if any(name.endswith(end) for end in self._hosts if end.startswith(".")):
            return True
        # The names of containers. The public DNS has neither, so no web page is there.
        return self._reachable and bool(name) and ("." not in name or name.endswith(".internal"))

    def _is_embedded(self, environ: WSGIEnvironment) -> bool:
        """Whether a page of another origin asks without telling it, for example for an image."""
        if environ.get("HTTP_SEC_FETCH_SITE") not in ("cross-site", "same-site"):
            return False
        # A click on a link to the page is harmless: the browser leaves the other page.
        follows_link = (
            environ["REQUEST_METHOD"] in ("GET", "HEAD")
            and environ.get("PATH_INFO") == "/"
            and environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
            and environ.get("HTTP_SEC_FETCH_DEST") == "document"
        )
        return not follows_link


def _named_host(environ: WSGIEnvironment) -> str:
    """Return the host of the request. A whole URL in the request line replaces ``Host``."""
    target = environ.get("REQUEST_URI") or ""
    if not target.startswith("/") and "://" in target:
        return urlsplit(target).netloc
    return str(environ.get("HTTP_HOST", ""))


class Gate:
    """The application behind the checks, with the headers that protect its responses."""

    def __init__(
        self,
        application: WSGIApplication,
        access: Access,
        refused: Callable[[str, str, dict[str, str], int], None],
    ) -> None:
        self._application = application
        self._access = access
        #: Called for each refused request.
        self._refused = refused

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        problem = self._access.problem(environ)
        if problem is not None:
            return self._refuse(environ, start_response, problem)
        headers = [*PROTECTION, ("Vary", "Origin")]
        origin = self._access.allowed_origin(environ)
        if origin is not None:
            headers.append(("Access-Control-Allow-Origin", origin))
            headers.append(("Access-Control-Expose-Headers", EXPOSED))
            if "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
                start_response("204 No Content", [*headers, *_preflight(environ)])
                return []

        def start(status: str, given: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*given, *headers], exc_info)

        return self._application(environ, start)

    def _refuse(
        self, environ: WSGIEnvironment, start_response: StartResponse, problem: RefusedError
    ) -> Iterable[bytes]:
        target = environ.get("REQUEST_URI") or environ["PATH_INFO"]
        sent = dict(EnvironHeaders(environ))
        self._refused(environ["REQUEST_METHOD"], target, sent, problem.status)
        content = json.dumps(problem.body()).encode()
        start_response(
            f"{problem.status} Forbidden",
            [
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(content))),
                *PROTECTION,
            ],
        )
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [content]


def _preflight(environ: WSGIEnvironment) -> list[tuple[str, str]]:
    """Return the headers of the response to a browser that asks what a page may send."""
    headers = [
        ("Access-Control-Allow-Methods", environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"]),
        ("Access-Control-Max-Age", "300"),
    ]
    wanted = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS")
    if wanted:
        headers.append(("Access-Control-Allow-Headers", wanted))
    if environ.get("HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK") == "true":
        headers.append(("Access-Control-Allow-Private-Network", "true"))
    return headers
