"""The attribute that reads and writes one field of a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from launchdarkly_api._modelling.containers import Field
from launchdarkly_api._modelling.introspection import field_docs, spelled_out


class FieldProperty(property):
    """A field of a model, with the documentation and the type that its declaration gives."""

    def __init__(self, owner: type, field: Field) -> None:
        self.owner = owner
        self.field = field

        def write(model: Any, value: Any) -> None:
            model[field.name] = value

        def remove(model: Any) -> None:
            del model[field.name]

        super().__init__(_reader(field), write, remove)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the declaration: cloudpickle sends a class of ``__main__`` by its attributes."""
        return type(self), (self.owner, self.field)

    def __deepcopy__(self, memo: Any) -> FieldProperty:
        """Return the property itself, as copies of functions do. ``mock`` copies it."""
        return self

    def __dir__(self) -> list[str]:
        """The attributes of a plain property: ``mock.seal`` would follow ``owner`` without end."""
        return dir(property)

    @property
    def fget(self) -> Callable[[Any], Any]:  # type: ignore[override]  # pyright: ignore
        """The function that reads the field, annotated with the type that it returns.

        Completion follows that annotation from field to field. Reading the field does not call
        this.
        """
        read: Any = super().fget
        read.__annotations__ = {"return": spelled_out(self.field.annotation)}
        return read  # type: ignore[no-any-return]

    @property
    def __doc__(self) -> str | None:
        return field_docs(self.owner).get(self.field.name)

    @__doc__.setter
    def __doc__(  # pyright: ignore[reportIncompatibleVariableOverride]
        self, doc: str | None
    ) -> None:
        """Ignore the value: ``property`` assigns it before Python 3.12."""


def _reader(field: Field) -> Callable[[Any], Any]:
    """Return the function that reads a field."""
    wire = field.wire

    def required(model: Any) -> Any:
        try:
            return model._data[wire]
        except KeyError:
            # ``__getattr__`` is asked next, and names the missing field.
            raise AttributeError from None

    def optional(model: Any) -> Any:
        return model._data.get(wire)

    return required if field.required else optional
