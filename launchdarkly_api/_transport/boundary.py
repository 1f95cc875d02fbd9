"""The boundary of a call: masks the secrets in everything that leaves the library.

Exceptions, log records and events for hooks leave it. A server may echo a request in any part of
its response and in any spelling, so the ``Masker`` of the request masks each of these. The module
``secret`` decides which texts are secret, and finds them.
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
#: Modules whose errors, if they are raised during a call, come from the transport.
_TRANSPORT = _WIRE | {_OURS, "builtins", "zlib"}
_MAX_LENGTH = 300


class Masker:
    """Masks the secrets of one call in text that leaves the library."""

    def __init__(self, headers: Mapping[str, Any], texts: tuple[str, ...] = ()) -> None:
        self._headers: list[Mapping[str, Any]] = [headers]
        self._texts = texts

    def learn(self, headers: Mapping[str, Any] = types.MappingProxyType({}), *texts: str) -> None:
        """Also mask the secrets that these headers hold, and these texts."""
        self._headers.append(headers)
        self._texts += texts

    @property
    def secrets(self) -> tuple[str, ...]:
        """All texts to mask."""
        found = [secret for headers in self._headers for secret in credentials_in(headers)]
        return (*self._texts, *found)

    @property
    def hides_url(self) -> bool:
        """Whether the URL itself holds a secret."""
        return bool(self._texts)

    def __call__(self, value: Any) -> Any:
        """Mask the secrets in text, bytes or a container; return any other value unchanged."""
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


#: The masker of the call in progress in this context.
UNDER_WAY: contextvars.ContextVar[Masker | None] = contextvars.ContextVar("masker", default=None)


class MaskingFilter(logging.Filter):
    """Masks log records that are made during a call."""

    def filter(self, record: logging.LogRecord) -> bool:
        masker = UNDER_WAY.get()
        if masker is not None:
            # The message itself is a constant in the code that logs.
            record.args = masker(record.args)
        return True


MASKING = MaskingFilter()


def on_its_way_out(error: BaseException, masker: Masker, handled: BaseException | None) -> None:
    """Mask the secrets in an exception that leaves the library, and in those that it refers to.

    Text is masked in the errors of this library and of the transport. An error of the library loses
    the frames of the library and of urllib3. An error of the transport that led to it loses all
    frames, connections and responses, because they hold the request. Any other exception that was
    raised during a call, by a hook, a signal handler or a mock, keeps everything that it holds, and
    loses only the frames of urllib3 and of the connection.

    Args:
        error: The exception that leaves the library.
        masker: The masker of the call.
        handled: The exception that the caller is handling. It is not changed.
    """
    secrets = masker.secrets
    for one in related(error, handled):
        if isinstance(one, OpenApiException):
            one.args = _masked(one.args, secrets)
            vars(one).update(_masked(vars(one), secrets))
            one.__traceback__ = _without(one.__traceback__, (*_WIRE, _OURS))
        elif one is not error and type(one).__module__.partition(".")[0] in _TRANSPORT:
            one.args = tuple(_harmless(value, secrets) for value in one.args)
            vars(one).update((name, _harmless(value, secrets)) for name, value in vars(one).items())
            one.__traceback__ = None
        else:
            one.__traceback__ = _without(one.__traceback__, (*_WIRE, _CONNECTIONS))


def detach(error: BaseException, handled: BaseException | None) -> None:
    """Remove the exception that the caller is handling from the context of a transport error.

    Python makes it the context of every exception that is raised meanwhile, but it is unrelated to
    the failure in the transport.
    """
    if handled is not None:
        for one in related(error, handled):
            if one.__context__ is handled:
                one.__context__ = None


def _harmless(value: Any, secrets: tuple[str, ...]) -> Any:
    """The part of a transport error's value that is kept: short text, a number or an exception."""
    if isinstance(value, (str, bytes)):
        return _masked(value, secrets)[:_MAX_LENGTH]
    return value if value is None or isinstance(value, (int, float, BaseException)) else None


def _without(
    traceback: types.TracebackType | None, modules: tuple[str, ...]
) -> types.TracebackType | None:
    """Remove the frames of these modules from a traceback."""
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
    """Yield an error and the exceptions that it holds or follows, each once, the nearest first.

    ``apart`` is left out, and so is every exception that only ``apart`` leads to.
    """
    known: list[BaseException] = [] if apart is None else [apart]
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and not any(one is other for other in known):
            known.append(one)
            waiting += (*one.args, *vars(one).values(), one.__cause__, one.__context__)
            yield one
