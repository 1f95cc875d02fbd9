"""Refuses keyword arguments that a callable does not accept, and names a similar one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ParamSpec

from launchdarkly_api._support.errors import ApiTypeError

P = ParamSpec("P")

#: Names that other clients give to some of the settings.
_OTHER_NAMES = {
    "token": "access_token",
    "base_url": "host",
    "server": "host",
    "url": "host",
    "ca_cert": "ssl_ca_cert",
    "verify": "verify_ssl",
}


def checked_keywords(called: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Decorate a constructor, so that it refuses an unknown keyword and names a similar one.

    Args:
        called: The name of the class, for the message.
    """

    def decorate(constructor: Callable[P, None]) -> Callable[P, None]:
        code = constructor.__code__
        accepted = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

        @wraps(constructor)
        def checked(*args: P.args, **kwargs: P.kwargs) -> None:
            given: Any = kwargs
            try:
                refuse_unknown(called, given, accepted)
                constructor(*args, **kwargs)
            finally:
                # A traceback may show this frame, and an argument may hold a token.
                given.clear()
                del args

        return checked

    return decorate


def accepted_by(called: Callable[..., Any]) -> Iterable[str] | None:
    """Return the keywords that a callable accepts. None if it accepts any."""
    from inspect import Parameter, signature

    taken = signature(called).parameters
    if any(parameter.kind is Parameter.VAR_KEYWORD for parameter in taken.values()):
        return None
    return taken.keys()


def refuse_unknown(called: str, names: Iterable[str], accepted: Iterable[str] | None) -> None:
    """Refuse keywords that a callable does not accept.

    Args:
        called: The name of the callable, for the message.
        names: The keywords that it was given.
        accepted: The keywords that it accepts. None means any.

    Raises:
        ApiTypeError: A keyword is not accepted. The message names a similar one, if there is one.
    """
    unknown = None if accepted is None else next((n for n in names if n not in accepted), None)
    if accepted is None or unknown is None:
        return
    from difflib import get_close_matches

    name = unknown.lower()
    close = [_OTHER_NAMES.get(name, ""), *get_close_matches(name, accepted)]
    found = next((each for each in close if each in accepted), None)
    hint = f"; did you mean {found!r}?" if found else ""
    raise ApiTypeError(f"{called}() got an unexpected keyword argument {unknown!r:.60}{hint}")
