"""The part that all models share: an instance that holds data of its own schema."""

# Values of any type come by here, so their parts are of no type that is known.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from typing_extensions import Self
else:
    # Programs ask for annotations at run time too.
    Self = Any


class Structured:
    """A value that brings its own schema: a model. ``model`` says what a model is.

    A model of a response is lazy. The decoder leaves checked JSON in ``_unread_json``, and leaves
    ``_data`` unset, so that the first access to ``_data`` calls ``__getattr__``, which makes the
    models that lie directly in the JSON. Decoding a page makes one model, and the garbage collector
    has half as many objects to follow.
    """

    __slots__ = ("__weakref__", "_data", "_unread_json")

    _data: Any
    _unread_json: Any
    #: An ``Object`` or an ``Array``: what ``_data`` is.
    _schema: ClassVar[Any]

    @classmethod
    def _holding(cls, data: Any) -> Self:
        """An instance that holds data which the schema has accepted."""
        self = cls.__new__(cls)
        hold(self, data)
        return self

    @classmethod
    def _from_checked_json(cls, raw: Any) -> Self:
        """An instance that takes over parsed JSON which the decoder has checked."""
        self = cls.__new__(cls)
        if not cls._schema.holds_models:
            hold(self, raw)
        elif cls._schema.is_object and getattr(cls, "__getattr__", None) is _lazily:
            hold_raw(self, raw)
        else:
            # The items of an array may be replaced before they are read, and the ``__getattr__`` of
            # a subclass may not pass ``_data`` on.
            hold(self, cls._schema.with_models(raw))
        return self

    if not TYPE_CHECKING:  # pragma: no branch

        def __getattr__(self, name: str) -> Any:
            return self._make_models() if name == "_data" else self._absent_attribute(name)

    def _absent_attribute(self, name: str) -> Any:
        """The value of an attribute that ordinary lookup did not find."""
        raise NotImplementedError

    def _make_models(self) -> Any:
        """Make the models that lie directly in the JSON, and return the data that holds them."""
        # Threads that read a model at the same time are to find the same models in it.
        with _opening:
            try:
                raw = held_raw(self)
            except AttributeError:
                return self._made_by_another_thread()
            data = self._schema.with_models(raw)
            hold(self, data)
            drop_raw(self)
        return data

    def _made_by_another_thread(self) -> Any:
        try:
            return _data.__get__(self)
        except AttributeError:
            return self._absent_attribute("_data")


_data, _unread = (Structured.__dict__[name] for name in ("_data", "_unread_json"))
#: Sets the data of an instance, past the checks of assignment.
hold: Callable[[Structured, Any], None] = _data.__set__
hold_raw: Callable[[Structured, Any], None] = _unread.__set__
held_raw: Callable[[Structured], Any] = _unread.__get__
drop_raw: Callable[[Structured], None] = _unread.__delete__
_lazily: Any = Structured.__dict__["__getattr__"]
_opening = threading.RLock()


def _renew_lock() -> None:
    """In a forked process, the thread that held the lock is not there to release it."""
    global _opening
    _opening = threading.RLock()


if hasattr(os, "register_at_fork"):  # pragma: no branch
    os.register_at_fork(after_in_child=_renew_lock)
