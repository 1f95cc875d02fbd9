"""The WSGI application: everything between a request and its call.

A request passes these steps in order: the page, the route, faults, the access token, the
beta header, the rate limit, the call. The first step that has a response ends it.
"""

from __future__ import annotations

import hmac
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from werkzeug.datastructures import Headers
from werkzeug.http import parse_options_header
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import get_input_stream

from launchdarkly_api.sandbox.http import page, routes
from launchdarkly_api.sandbox.http.control import Control, ControlRequest
from launchdarkly_api.sandbox.http.faults import Fault, Faults
from launchdarkly_api.sandbox.http.log import RecordedRequest, RequestLog, TokenMask
from launchdarkly_api.sandbox.http.parser import OVER
from launchdarkly_api.sandbox.http.trickle import KEY, Trickle
from launchdarkly_api.sandbox.service.calls import Calls
from launchdarkly_api.sandbox.service.endpoints import STABLE, WRITES, Call
from launchdarkly_api.sandbox.service.limits import RateLimit
from launchdarkly_api.sandbox.service.problems import (
    RefusedError,
    defect,
    invalid,
    not_allowed,
    observed,
)
from launchdarkly_api.sandbox.service.request import CallRequest
from launchdarkly_api.sandbox.state.store import StateFileError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
else:
    # Annotations must also resolve at run time.
    StartResponse = WSGIEnvironment = Any

API_VERSION_HEADER = "LD-API-Version"
MAX_BODY_BYTES = 1_048_576
#: The largest document that restores a sandbox.
MAX_DOCUMENT_BYTES = 64 * MAX_BODY_BYTES
OVERRIDES = ("DELETE", "PATCH", "PUT")

logger: logging.Logger = logging.getLogger("launchdarkly_api.sandbox")


class DroppedConnectionError(ConnectionAbortedError):
    """Raised instead of a response, or within its body, to make the server close the connection."""


class ResetConnectionError(DroppedConnectionError, ConnectionResetError):
    """Raised instead of a response to make the server reset the connection."""


@dataclass
class _RequestContext:
    """A request and its progress through the application."""

    request: Request
    path: str
    #: Set when the sandbox is reset or stopped. The request must then have no effect.
    over: threading.Event
    #: The time at which it was read, plus the time that it waited since.
    started: float = field(default_factory=time.perf_counter)
    body: bytes = b""
    call: Call | None = None
    #: Whether the path belongs to the control interface. Such requests are not recorded.
    control: bool = False

    @property
    def method(self) -> str:
        # Methods are case-sensitive, and Werkzeug converts them to upper case.
        return str(self.request.environ["REQUEST_METHOD"])

    def ensure_active(self) -> None:
        """Drop the connection if the sandbox was reset or stopped since."""
        if self.over.is_set():
            raise DroppedConnectionError("reset or stopped")

    def wait(self, seconds: float) -> None:
        before = time.perf_counter()
        self.over.wait(seconds)
        self.started += time.perf_counter() - before
        self.ensure_active()


def _raw_path(environ: Mapping[str, Any]) -> str:
    """Return the path as it was sent. WSGI itself provides only the decoded path."""
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if not isinstance(target, str):
        return quote(str(environ.get("PATH_INFO", "")).encode("latin-1"), safe="/")
    if "://" in target and not target.startswith("/"):
        # Clients send the whole URL to a proxy.
        try:
            return urlsplit(target).path or "/"
        except ValueError:
            return target
    return target.partition("?")[0]


def _cut(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    raise DroppedConnectionError("cut body")


def _json(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        None if body is None else json.dumps(body, allow_nan=False, separators=(",", ":")),
        status=status,
        headers=dict(headers or {}),
        content_type=None if body is None else "application/json",
    )


class Application:
    """The service, as a WSGI application."""

    def __init__(
        self,
        calls: Calls,
        access_token: str,
        control: Control,
        *,
        guarded: bool = False,
    ) -> None:
        self.calls = calls
        self.access_token = access_token
        self._control = control
        #: Whether the control interface needs the access token.
        self._guarded = guarded
        self._mask = TokenMask(access_token)
        self.requests: RequestLog = RequestLog()
        self.faults: Faults = Faults()
        self.limit: RateLimit = RateLimit()
        self.latency: float = 0.0
        self.on_request: Callable[[RecordedRequest], None] | None = None
        self._lock = threading.Lock()
        self._over = threading.Event()

    def over(self) -> threading.Event:
        """Return the event that ends the requests which begin now."""
        return self._over

    def start(self) -> None:
        """Accept requests again after ``stop``."""
        self._over = threading.Event()

    def stop(self) -> None:
        """End all waiting requests."""
        self._over.set()

    def reset(self) -> None:
        """Drop all requests, including those without a response yet, and remove all faults."""
        with self._lock:
            self._over.set()
            self._over = threading.Event()
            self.clear_faults()
            self.requests.clear()

    def clear_faults(self) -> None:
        """Remove all faults, limits and latency. The default limit is announced again."""
        self.faults.clear()
        self.limit = RateLimit()
        self.latency = 0.0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = _raw_path(environ)
        # A request whose body arrives after a reset began before it.
        over = environ.get(OVER) or self._over
        context = _RequestContext(Request(environ), path, over, control=self._control.owns(path))
        try:
            response = self._respond(context)
        except DroppedConnectionError:
            self._record(context, 0)
            raise
        self._record(context, response.status_code)
        return response(environ, start_response)

    def _record(self, context: _RequestContext, status: int) -> None:
        if context.control:
            return
        milliseconds = (time.perf_counter() - context.started) * 1000
        request, mask = context.request, self._mask
        recorded = RecordedRequest(
            method=context.method,
            path=mask.text(context.path),
            query=mask.text(request.query_string.decode("latin-1")),
            headers=mask.headers(request.headers.items()),
            body=mask.body(context.body),
            call=context.call,
            status=status,
            milliseconds=milliseconds,
        )
        self._keep(recorded, context.over)

    def refused(self, method: str, target: str, headers: Mapping[str, str], status: int) -> None:
        """Record a malformed request that the server refused."""
        path, _, query = self._mask.text(target).partition("?")
        recorded = RecordedRequest(
            method=method,
            path=path,
            query=query,
            headers=self._mask.headers(headers.items()),
            body=b"",
            call=None,
            status=status,
            milliseconds=0.0,
        )
        self._keep(recorded, self._over)

    def _keep(self, recorded: RecordedRequest, over: threading.Event) -> None:
        with self._lock:
            if over is not self._over:
                return
            self.requests.add(recorded)
            listener = self.on_request
        if listener is not None:
            try:
                listener(recorded)
            except Exception:
                logger.exception("on_request failed for %s", recorded)

    def _respond(self, context: _RequestContext) -> Response:
        try:
            limit = MAX_DOCUMENT_BYTES if context.control else MAX_BODY_BYTES
            context.body = self._body(context.request, limit)
            context.started = time.perf_counter()
            response = self._route(context)
        except RefusedError as problem:
            response = self._announcing(problem)
        except DroppedConnectionError:
            raise
        except StateFileError as error:
            response = self._announcing(RefusedError(507, None, f"{error}."))
        except Exception:
            logger.exception("%s %s failed", context.method, context.path)
            response = self._announcing(defect())
        return response

    def _body(self, request: Request, limit: int) -> bytes:
        coding = request.headers.get("Content-Encoding", "identity")
        if coding != "identity":
            raise RefusedError(
                415,
                None,
                f"Content-Encoding {coding!r:.80} is not supported. Send the body without it.",
            )
        # The server has read all of it, and refused it if it was malformed.
        body = get_input_stream(request.environ).read(limit + 1)
        if len(body) > limit:
            raise RefusedError(413, None, f"The body is larger than {limit} bytes. Send less.")
        return body

    def _announcing(self, problem: RefusedError) -> Response:
        problem.headers.update(self.limit.announced())
        return self._problem(problem)

    def _problem(self, problem: RefusedError) -> Response:
        return _json(problem.status, problem.body(), problem.headers)

    def _route(self, context: _RequestContext) -> Response:
        if context.path == "/":
            return self._page(context)
        if context.control:
            return self._controlled(context)
        found = routes.find(context.path)
        if found is None:
            raise observed(404, f"There is nothing at {context.path!r:.200}.")
        resource, path = found
        if context.method == "OPTIONS":
            return self._options(resource.allow)
        method = self._effective_method(context)
        call = resource.calls.get("GET" if method == "HEAD" else method)
        if call is None:
            raise self._not_allowed(method, resource.allow)
        context.call = call
        return self._faulty(context, call, path)

    def _controlled(self, context: _RequestContext) -> Response:
        call = self._control.find(context.method, context.path)
        if call.run is None:
            return self._options(call.allow)
        if self._guarded and not call.open:
            self._check_token(context.request)
        kind, _ = parse_options_header(context.request.headers.get("Content-Type"))
        query = dict(context.request.args.lists())
        try:
            # A reset holds this lock, as for the writes of the service.
            with self.calls.state.lock if call.ends_with_reset else nullcontext():
                if call.ends_with_reset:
                    context.ensure_active()
                status, body = call.run(ControlRequest(query, kind.lower(), context.body))
        except RuntimeError:
            # The sandbox was stopped since.
            context.ensure_active()
            raise
        return _json(status, body)

    def _not_allowed(self, method: str, allow: str) -> RefusedError:
        return not_allowed(method, allow, "Methods are case-sensitive.")

    def _options(self, allow: str) -> Response:
        return _json(204, None, {"Allow": allow})

    def _effective_method(self, context: _RequestContext) -> str:
        override = context.request.headers.get("X-HTTP-Method-Override")
        if override is None or context.method != "POST":
            return context.method
        if override.upper() not in OVERRIDES:
            raise invalid(
                f"X-HTTP-Method-Override must be one of {', '.join(OVERRIDES)},"
                f" not {override!r:.80}."
            )
        return override.upper()

    def _faulty(self, context: _RequestContext, call: Call, path: Mapping[str, str]) -> Response:
        """Respond to a call, or fail as planned."""
        with self._lock:
            context.ensure_active()
            fault = self.faults.next(call)
            delay = self.latency + (fault.slow if fault else 0.0)
        if delay:
            context.wait(delay)
        if fault is None:
            return self._checked(context, call, path)
        if fault.trickle:
            context.request.environ[KEY] = Trickle(fault.trickle, context.over)
        return self._fail(fault, lambda: self._checked(context, call, path))

    def _fail(self, fault: Fault, apply: Callable[[], Response]) -> Response:
        if fault.drop or fault.reset or fault.status is not None:
            if fault.applied:
                apply()
            if fault.status is None:
                raise (ResetConnectionError if fault.reset else DroppedConnectionError)("planned")
            body, content_type = fault.content(fault.status)
            headers = Headers({"Content-Type": content_type})
            headers.update(fault.headers)
            return Response(body, fault.status, headers=headers)
        response = apply()
        response.headers.update(fault.headers)
        if fault.cut:
            whole = response.get_data()
            if not whole:
                raise DroppedConnectionError("there is no body to cut")
            response.response = _cut(whole)
            response.headers["Content-Length"] = str(len(whole))
        return response

    def _checked(self, context: _RequestContext, call: Call, path: Mapping[str, str]) -> Response:
        with self._lock:
            context.ensure_active()
            limit = self.limit
        headers = limit.announced(call)
        try:
            self._authorize(context.request, call)
            allowed, headers = limit.spend(call)
            if not allowed:
                raise observed(429)
            calls = self.calls
            # A reset holds this lock: an earlier write is complete before it or never happens.
            with (
                calls.state.clock.applied(),
                calls.state.lock if call in WRITES else nullcontext(),
            ):
                context.ensure_active()
                status, body = calls.handle(call, self._call_request(context, path))
        except RefusedError as problem:
            problem.headers.update(headers)
            return self._problem(problem)
        return _json(status, body, headers)

    def _check_token(self, request: Request) -> None:
        given = request.headers.get("Authorization")
        advice = "Send it in the Authorization header, as it is, without a prefix."
        if not given:
            raise observed(401, f"The request has none. {advice}")
        if not hmac.compare_digest(given.encode(), self.access_token.encode()):
            raise observed(401, f"It is not the sandbox's. {advice}")

    def _authorize(self, request: Request, call: Call) -> None:
        self._check_token(request)
        if call not in STABLE and request.headers.get(API_VERSION_HEADER) != "beta":
            raise RefusedError(
                403,
                None,
                "This API is in beta. To use it, your request must include the header"
                f" `{API_VERSION_HEADER}` with value `beta`",
            )

    def _call_request(self, context: _RequestContext, path: Mapping[str, str]) -> CallRequest:
        _, options = parse_options_header(context.request.headers.get("Content-Type"))
        return CallRequest(path, context.request.args, context.body, options)

    def _page(self, context: _RequestContext) -> Response:
        allow = "GET, HEAD, OPTIONS"
        if context.method == "OPTIONS":
            return self._options(allow)
        if context.method not in ("GET", "HEAD"):
            raise self._not_allowed(context.method, allow)
        return Response(
            page.render(self.calls, self.requests),
            content_type="text/html; charset=utf-8",
            headers=page.HEADERS,
        )
