"""The verbs of the control interface: a method and a path for each method of ``Sandbox``.

The parameters, their types and the docstring of the Python method are those of the verb.
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from launchdarkly_api.sandbox.contents import Contents
from launchdarkly_api.sandbox.control.document import Document
from launchdarkly_api.sandbox.control.documents import Documents
from launchdarkly_api.sandbox.control.shapes import Fields, Range, Shape, arguments_of, shape_of
from launchdarkly_api.sandbox.http.log import CAPACITY, RecordedRequest
from launchdarkly_api.sandbox.service.endpoints import ApiVersion, Call

#: The start of all paths of the control interface.
PREFIX = "/__sandbox"


class ControlFace(Contents, Documents):
    """All methods that are verbs."""


@dataclass(frozen=True)
class Health:
    """The state of the sandbox.

    Attributes:
        status: Always `ok`.
        api_version: The version of the API.
        projects: The number of projects.
        experiments: The number of experiments.
        requests: The number of recorded requests.
    """

    status: Literal["ok"]
    api_version: ApiVersion
    projects: int
    experiments: int
    requests: int


@dataclass(frozen=True)
class RequestEntry:
    """A recorded request. The access token is masked.

    Attributes:
        method: The method.
        path: The path as it was sent, percent-encoded.
        query: The query as it was sent, without the question mark.
        headers: The headers, with names in lower case.
        body: The body. Bytes that are not UTF-8 are replaced.
        call: The call, or null if the method and path match none.
        status: The status of the response, or 0 if the connection was dropped.
        milliseconds: The time that the sandbox took, without planned delays.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str
    call: Call | None
    status: int
    milliseconds: float


@dataclass(frozen=True)
class RequestPage:
    """Recorded requests.

    Attributes:
        total: The number of recorded requests, of the call if one was given.
        items: The requests, oldest first.
    """

    total: int
    items: tuple[RequestEntry, ...]


def health(face: ControlFace) -> Health:
    """Say that the sandbox serves requests."""
    state = face._state
    with state.lock:
        return Health(
            "ok",
            face.api_version,
            len(state.projects),
            sum(map(len, state.experiments.values())),
            len(face._application.requests),
        )


def list_requests(
    face: ControlFace,
    *,
    call: Call | None = None,
    offset: Annotated[int, Range(0, CAPACITY)] = 0,
    limit: Annotated[int, Range(0, CAPACITY)] = 1_000,
) -> RequestPage:
    """List the recorded requests, oldest first. Requests to the control interface are not recorded.

    Args:
        call: List the requests of this call only.
        offset: The number of requests to skip.
        limit: The number of requests to list.
    """
    requests = face._application.requests
    found = list(requests) if call is None else requests.of(call)
    return RequestPage(len(found), tuple(map(_entry, found[offset : offset + limit])))


def _entry(request: RecordedRequest) -> RequestEntry:
    return RequestEntry(
        request.method,
        request.path,
        request.query,
        dict(request.headers),
        request.body.decode("utf-8", "replace"),
        request.call,
        request.status,
        request.milliseconds,
    )


def clear_requests(face: ControlFace) -> None:
    """Remove the recorded requests."""
    face._application.requests.clear()


@dataclass(frozen=True)
class Verb:
    """A method and a path of the control interface, and the function behind them."""

    method: str
    path: str
    run: Callable[..., Any]
    #: The body as a whole is this argument of the function, with this type.
    document: tuple[str, Callable[..., Any]] | None = None
    #: The type of the JSON of the response, if it is not that of the function's result.
    result_type: Any = None
    #: Whether it needs no access token on any host.
    open: bool = False

    @property
    def name(self) -> str:
        """The name of the Python function."""
        return self.run.__name__

    @functools.cached_property
    def arguments(self) -> Fields:
        """The object of the arguments. A GET has them in its query, others in the body."""
        return arguments_of(self.run)

    @property
    def has_body(self) -> bool:
        """Whether a request has a JSON body."""
        return self.method not in ("GET", "DELETE")

    @functools.cached_property
    def result(self) -> Shape | None:
        """The JSON of the response, or None if it has no body."""
        annotation = self.result_type or typing.get_type_hints(self.run)["return"]
        return None if annotation is type(None) else shape_of(annotation)


VERBS: tuple[Verb, ...] = (
    Verb("GET", "/health", health, open=True),
    Verb("POST", "/reset", Documents.reset),
    Verb("GET", "/state", Documents.snapshot, result_type=Document),
    Verb("PUT", "/state", Documents.restore, document=("document", Document)),
    Verb("POST", "/projects", Contents.add_project),
    Verb("POST", "/environments", Contents.add_environment),
    Verb("POST", "/flags", Contents.add_flag),
    Verb("PATCH", "/flags", Contents.update_flag),
    Verb("POST", "/metrics", Contents.add_metric),
    Verb("POST", "/metric-groups", Contents.add_metric_group),
    Verb("POST", "/context-kinds", Contents.add_context_kind),
    Verb("POST", "/members", Contents.add_member),
    Verb("POST", "/traffic", Contents.record),
    Verb("POST", "/traffic/simulation", Contents.simulate),
    Verb("POST", "/faults", Documents.fail_next),
    Verb("PUT", "/faults/rate", Documents.fail_rate),
    Verb("DELETE", "/faults", Documents.clear_faults),
    Verb("PUT", "/latency", Documents.latency),
    Verb("PUT", "/rate-limit", Documents.rate_limit),
    Verb("GET", "/clock", Documents.clock),
    Verb("PUT", "/clock", Documents.set_clock),
    Verb("POST", "/clock/advance", Documents.advance_clock),
    Verb("PUT", "/api-version", Documents.set_api_version),
    Verb("GET", "/requests", list_requests),
    Verb("DELETE", "/requests", clear_requests),
)
