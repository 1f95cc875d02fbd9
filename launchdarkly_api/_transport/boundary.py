"""The boundary of a call: what leaves the library there shows nothing that nobody may read.

Exceptions, log records and events for hooks leave. A server may send back what it was sent, in any
part of a response and in any spelling, so all three are masked here, by the ``Masker`` of their
request. ``secret`` knows which texts are secret, and how to find them.
"""

# Values of any type pass through here, so the types of their parts are unknown.
# pyright: reportUnknownVariableType=false

from __future__ import annotations

import contextvars
import logging
import types
from collections.abc import Iterator, Mapping
from typing import Any

import urllib3

from launchdarkly_api._support.secret import credentials_in, masked
from launchdarkly_api._transport.wire import Connection
from launchdarkly_api.exceptions import OpenApiException

#: Modules whose frames hold a request and its response as bytes, and whose errors may hold both.
_WIRE = frozenset(("http", "socket", "ssl", "urllib3"))
_OURS = __name__.partition(".")[0]
_CONNECTIONS = Connection.__module__
#: Modules whose errors tell of a call, and not of the program's own business.
_TELLING = _WIRE | {_OURS, "builtins", "zlib"}
_LONGEST = 300


class Masker:
    """Masks the secrets of one call in text that leaves the library."""

    def __init__(self, headers: Mapping[str, Any], texts: tuple[str, ...] = ()) -> None:
        self._headers: list[Mapping[str, Any]] = [headers]
        self._texts = texts

    def learn(self, headers: Mapping[str, Any] = types.MappingProxyType({}), *texts: str) -> None:
        """Take further headers, with the secrets that they hold, and further secret texts."""
        self._headers.append(headers)
        self._texts += texts

    @property
    def secrets(self) -> tuple[str, ...]:
        """All texts that nobody may read."""
        found = [secret for headers in self._headers for secret in credentials_in(headers)]
        return (*self._texts, *found)

    @property
    def hides_url(self) -> bool:
        """Whether the URL itself holds a secret."""
        return bool(self._texts)

    def __call__(self, value: Any) -> Any:
        """The same text, bytes or container without secrets; any other value as it is."""
        return _masked(value, self.secrets)


def _masked(value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return masked(value, secrets)
    if isinstance(value, bytes):
        return masked(value.decode("latin-1"), secrets).encode("latin-1")
    if isinstance(value, urllib3.HTTPHeaderDict):
        return urllib3.HTTPHeaderDict(
            (masked(name, secrets), masked(text, secrets)) for name, text in value.items()
        )
    if isinstance(value, Mapping):
        return {_masked(name, secrets): _masked(item, secrets) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        kind = list if isinstance(value, list) else tuple
        return kind(_masked(item, secrets) for item in value)
    return value


#: The masker of the call under way in this context.
UNDER_WAY: contextvars.ContextVar[Masker | None] = contextvars.ContextVar("masker", default=None)


class MaskingFilter(logging.Filter):
    """Masks log records that are made during a call."""

    def filter(self, record: logging.LogRecord) -> bool:
        masker = UNDER_WAY.get()
        if masker is not None:
            # The message is a constant of the code that logs.
            record.args = masker(record.args)
        return True


MASKING = MaskingFilter()


def on_its_way_out(error: BaseException, masker: Masker, handled: BaseException | None) -> None:
    """Prepare an exception for leaving the library, together with all that it came of.

    Texts are masked in the errors of this library and of the transport. An error of the library
    loses the library's frames, and an error of the transport all frames, connections and responses:
    they hold the request. Whatever else was raised in the middle of a call, by a hook, a signal
    handler or a mock, keeps all that it holds, and all frames but those of the connection.

    ``handled`` is the exception that the caller is handling. It is not touched.
    """
    secrets = masker.secrets
    for one in related(error, handled):
        if isinstance(one, OpenApiException):
            one.args = _masked(one.args, secrets)
            vars(one).update(_masked(vars(one), secrets))
            one.__traceback__ = _without(one.__traceback__, (*_WIRE, _OURS))
        elif one is not error and type(one).__module__.partition(".")[0] in _TELLING:
            one.args = tuple(_harmless(value, secrets) for value in one.args)
            vars(one).update((name, _harmless(value, secrets)) for name, value in vars(one).items())
            one.__traceback__ = None
        else:
            one.__traceback__ = _without(one.__traceback__, (*_WIRE, _CONNECTIONS))


def detach(error: BaseException, handled: BaseException | None) -> None:
    """Cut an error of the transport off from the exception that the caller is handling.

    Python makes that one the context of all that is raised meanwhile. It says nothing of what
    happened in the transport.
    """
    if handled is not None:
        for one in related(error, handled):
            if one.__context__ is handled:
                one.__context__ = None


def _harmless(value: Any, secrets: tuple[str, ...]) -> Any:
    """What an error of the transport may keep: no connection, no response, no long text."""
    if isinstance(value, (str, bytes)):
        return _masked(value, secrets)[:_LONGEST]
    return value if value is None or isinstance(value, (int, float, BaseException)) else None


def _without(
    traceback: types.TracebackType | None, modules: tuple[str, ...]
) -> types.TracebackType | None:
    """A traceback without the frames of these modules."""
    kept: types.TracebackType | None = None
    for entry in reversed(list(_entries(traceback))):
        module: str = entry.tb_frame.f_globals.get("__name__", "")
        if not f"{module}.".startswith(tuple(f"{name}." for name in modules)):
            entry.tb_next, kept = kept, entry
    return kept


def _entries(traceback: types.TracebackType | None) -> Iterator[types.TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def related(error: BaseException, apart: BaseException | None = None) -> Iterator[BaseException]:
    """An error and all that it holds, came of, or came after, each once, but for one."""
    known: list[BaseException] = [] if apart is None else [apart]
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and not any(one is other for other in known):
            known.append(one)
            waiting += (*one.args, *vars(one).values(), one.__cause__, one.__context__)
            yield one
