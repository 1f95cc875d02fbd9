"""The places that the tests search for a planted secret. The guide shows these lists."""

from __future__ import annotations

import copy
import gc
import logging
import pickle
import traceback
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from launchdarkly_api._support.secret import Secret

#: Packages whose frames a traceback may show; a test's own hold the secret that it planted.
_PACKAGES = ("/launchdarkly_api/", "/urllib3/", "/http/client.py", "/concurrent/futures/")


def deep(value: Any, secrets: bool = True, depth: int = 12) -> Iterable[str]:
    """All text within containers, as tools show it that walk into them."""
    if isinstance(value, str):
        if secrets or not isinstance(value, Secret):
            yield str.__str__(value)
    elif isinstance(value, (bytes, bytearray)):
        yield value.decode("latin-1")
    elif depth and isinstance(value, Mapping):
        for key, item in value.items():
            yield from deep(key, secrets, depth - 1)
            yield from deep(item, secrets, depth - 1)
    elif depth and isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from deep(item, secrets, depth - 1)
    else:
        yield repr(value)


def family(error: BaseException) -> list[BaseException]:
    """An exception, its causes and contexts, and the exceptions that these hold."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and not any(one is other for other in found):
            found.append(one)
            waiting += [one.__cause__, one.__context__, *one.args, *vars(one).values()]
    return found


def frames(error: BaseException) -> Iterable[types.FrameType]:
    """The frames of the library and of its dependencies, in the tracebacks of a family."""
    for one in family(error):
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if any(package in frame.f_code.co_filename for package in _PACKAGES):
                yield frame


def reachable(start: Any) -> Iterable[str]:
    """Text that anything leads to, as the garbage collector sees it; frames and modules do not."""
    apart = (types.ModuleType, types.FrameType, types.TracebackType, type, types.FunctionType)
    known: set[int] = set()
    waiting = [start]
    while waiting:
        one = waiting.pop()
        if id(one) in known or isinstance(one, apart):
            continue
        known.add(id(one))
        if isinstance(one, (str, bytes, bytearray)):
            yield from deep(one)
        waiting += gc.get_referents(one)


def with_locals(error: BaseException) -> str:
    """A traceback as tools show it that show the locals of each frame."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(_of_the_library(shown))


def _of_the_library(shown: traceback.TracebackException) -> Iterable[str]:
    for frame in shown.stack:
        if any(package in frame.filename for package in _PACKAGES):
            yield f"{frame.line} {frame.locals}"
    yield from shown.format_exception_only()
    for other in (shown.__cause__, shown.__context__):
        if other is not None:
            yield from _of_the_library(other)


#: The searches of an exception that leaves the library, by name.
IN_EXCEPTIONS: Mapping[str, Callable[[BaseException], Iterable[str]]] = {
    "`str()` and `repr()` of the exception, of its causes and contexts": lambda error: [
        text for one in family(error) for text in (str(one), repr(one))
    ],
    "their `args` and all of their attributes": lambda error: [
        text for one in family(error) for text in (*deep(one.args), *deep(vars(one)))
    ],
    "the traceback": lambda error: traceback.format_exception(error),
    "the traceback with the locals of its frames": lambda error: [with_locals(error)],
    "the containers among those locals, walked through": lambda error: [
        text for frame in frames(error) for text in deep(frame.f_locals, secrets=False)
    ],
    "the pickle of the exception, and a copy": lambda error: [
        pickle.dumps(error).decode("latin-1"),
        repr(vars(copy.copy(error))),
    ],
    "everything that can be reached from the exception in memory, its frames apart": reachable,
}

#: The searches of an object that a person prints, or keeps, in a notebook.
IN_OBJECTS: Mapping[str, Callable[[Any], Iterable[str]]] = {
    "`repr()`, `str()` and `format()`": lambda thing: [repr(thing), str(thing), f"{thing}"],
    "`vars()`": lambda thing: [repr(vars(thing))] if hasattr(thing, "__dict__") else [],
    "`repr()` of each attribute, public or not": lambda thing: [
        repr(getattr(thing, name, None)) for name in dir(thing)
    ],
    "what notebooks call to show it": lambda thing: [
        str(getattr(thing, name)())
        for name in ("_repr_html_", "_repr_pretty_", "_repr_json_")
        if callable(getattr(thing, name, None)) and name != "_repr_pretty_"
    ],
}

#: The objects that are searched in that way.
OBJECTS = (
    "`Configuration` and its settings",
    "`ApiClient`",
    "`ExperimentsBetaApi`",
    "the transport below it",
    "a model that came back",
    "`last_response`",
    "`ApiResponse`",
    "the future of a call in the background",
    "the events that hooks get",
    "the request on its way",
)

#: The other places that are searched.
ELSEWHERE = (
    "every log record of every logger with `debug=True`: message, arguments, attributes",
    "the file of `Configuration.logger_file`",
    "standard output and standard error",
    "warnings",
    "`Configuration.to_debug_report()`",
    "the pickle of a model, and of an `ApiResponse`",
    "the request that reaches another origin, or the proxy of a tunnel",
)

#: The secrets that are planted, one at a time.
PLANTED = (
    "the access token in `api_key`",
    "the access token in `access_token`",
    "the access token behind a prefix",
    "a token in a header of the call",
    "a token in a header of the client",
    "a cookie of the client, with several values",
    "a credential in the query",
    "a credential of a call (`_request_auths`)",
    "a header that a hook puts in",
    "the password of a proxy, in its URL",
    "the password of a proxy, in a header",
    "the password of a proxy, in the environment",
    "the password for `get_basic_auth_token`",
)

#: The parts of a response in which a server sends a request back.
ECHOES = (
    "the body of an error, as JSON or HTML",
    "the reason in the status line",
    "a header",
    "`Location` of a redirect",
    "a status line of no sense",
    "an answer that is cut off",
    "a body that is no JSON",
    "a value of the wrong type in the body",
    "the size of a chunk",
    "`Content-Encoding`",
)


def record_texts(record: logging.LogRecord) -> Iterable[str]:
    """All that a handler could make of a log record."""
    yield record.getMessage()
    yield from deep(vars(record))
    if record.exc_info and record.exc_info[1] is not None:
        yield with_locals(record.exc_info[1])
