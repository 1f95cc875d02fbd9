"""The storage of models: an instance holds data that its class's schema has accepted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from launchdarkly_api._support.locks import lock_of_process

if TYPE_CHECKING:
    from typing_extensions import Self
else:
    # ``get_type_hints`` evaluates annotations at run time.
    Self = Any


class Structured:
    """The base of models, which hold data and have a schema. The module ``model`` describes them.

    A model from a response is lazy. The decoder puts checked JSON in ``_unread_json`` and leaves
    ``_data`` unset, so that the first access to ``_data`` calls ``__getattr__``, which creates the
    models directly inside. Decoding a page thus creates one model, and halves the number of objects
    that the garbage collector tracks.
    """

    __slots__ = ("__weakref__", "_data", "_unread_json")

    _data: Any
    _unread_json: Any
    #: The schema of ``_data``: an ``Object`` or an ``Array``.
    _schema: ClassVar[Any]

    @classmethod
    def _holding(cls, data: Any) -> Self:
        """Return an instance that holds data which the schema has accepted."""
        self = cls.__new__(cls)
        hold(self, data)
        return self

    @classmethod
    def _from_checked_json(cls, raw: Any) -> Self:
        """Return an instance that takes ownership of parsed JSON which the decoder has checked."""
        self = cls.__new__(cls)
        if not cls._schema.holds_models:
            hold(self, raw)
        elif cls._schema.is_object and getattr(cls, "__getattr__", None) is _lazily:
            hold_raw(self, raw)
        else:
            # Not lazily: the items of an array may be replaced before they are read, and a
            # ``__getattr__`` of a subclass may not forward ``_data``.
            hold(self, cls._schema.with_models(raw))
        return self

    if not TYPE_CHECKING:  # pragma: no branch

        def __getattr__(self, name: str) -> Any:
            return self._make_models() if name == "_data" else self._absent_attribute(name)

    def _absent_attribute(self, name: str) -> Any:
        """Return the value of an attribute that ordinary lookup did not find."""
        raise NotImplementedError

    def _make_models(self) -> Any:
        """Create the models directly inside this one, and return the data that holds them."""
        # Threads that read a model at the same time must get the same nested models.
        with _opening():
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
#: Sets the data of an instance without the checks of assignment.
hold: Callable[[Structured, Any], None] = _data.__set__
hold_raw: Callable[[Structured, Any], None] = _unread.__set__
held_raw: Callable[[Structured], Any] = _unread.__get__
drop_raw: Callable[[Structured], None] = _unread.__delete__
_lazily: Any = Structured.__dict__["__getattr__"]
_opening = lock_of_process()
