"""The behaviour that all models share, and the arguments of 13.0.0 that they still take."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar

from launchdarkly_api._modelling.containers import Field
from launchdarkly_api._modelling.introspection import ClassProperty, signature
from launchdarkly_api._modelling.structured import Structured, hold
from launchdarkly_api._modelling.validation import LENIENT, STRICT, UNCHECKED, ValidationMode
from launchdarkly_api._support.errors import ApiAttributeError, ApiValueError
from launchdarkly_api._support.lazy import provided

if TYPE_CHECKING:
    from inspect import Signature

    from typing_extensions import Self
else:
    # ``get_type_hints`` evaluates annotations at run time.
    Self = Signature = Any

#: Arguments of 13.0.0's constructors that are not fields. Only ``_check_type`` has an effect.
_PRIVATE_ARGUMENTS = {
    *("_check_type", "_spec_property_naming", "_path_to_item"),
    *("_configuration", "_visited_composed_classes"),
}


def without_private(
    kwargs: dict[str, Any], mode: ValidationMode
) -> tuple[dict[str, Any], ValidationMode]:
    """Return the arguments without 13.0.0's private ones, and the validation mode they select."""
    if _PRIVATE_ARGUMENTS.isdisjoint(kwargs):
        return kwargs, mode
    if not kwargs.get("_check_type", True):
        mode = UNCHECKED
    return {k: v for k, v in kwargs.items() if k not in _PRIVATE_ARGUMENTS}, mode


#: Class attributes of 13.0.0, which ``dir()`` and so completion leave out.
_MACHINERY = frozenset(("allowed_values", "attribute_map", "openapi_types"))


class BaseModel(Structured):
    """Base of all models. It compares them by value and gives them a readable form."""

    if not TYPE_CHECKING:  # pragma: no branch
        # Hidden from mypy, which would report each field as an attribute without a slot.
        __slots__ = ()

    #: The wire name of each declared field.
    attribute_map: ClassVar[dict[str, str]] = {}
    #: The types of each declared field: ``(T,)``, ``([T],)`` or ``({str: (T,)},)``.
    openapi_types: ClassVar[dict[str, tuple[Any, ...]]] = {}
    #: The values of enumerated fields, as in 13.0.0: ``{("kind",): {"CLICK": "click"}}``.
    allowed_values: ClassVar[dict[tuple[str], dict[str, str]]] = {}
    #: The fields that the constructor accepts.
    _fields: ClassVar[tuple[Field, ...]] = ()
    #: The type of undeclared properties, or None if the model cannot have any.
    _additional: ClassVar[Any] = None

    def __init__(self, /, *args: Any, **kwargs: Any) -> None:
        hold(self, self._accepted(args, kwargs, STRICT))

    @classmethod
    def _from_openapi_data(cls, /, *args: Any, **kwargs: Any) -> Self:
        """Build an instance from wire data, validated like a response."""
        return cls._holding(cls._accepted(args, kwargs, LENIENT))

    @classmethod
    def _accepted(cls, args: tuple[Any, ...], kwargs: dict[str, Any], mode: ValidationMode) -> Any:
        """Validate constructor arguments and return the data for an instance."""
        raise NotImplementedError

    @ClassProperty
    def __signature__(cls: Any) -> Signature:
        if cls.__init__.__module__ != __name__:
            raise AttributeError("The signature is that of the constructor of a subclass")
        return signature(cls._fields, cls._additional)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BaseModel) or type(self) is not type(other):
            return NotImplemented
        return bool(self._data == other._data)

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __reduce_ex__(self, protocol: Any) -> Any:
        # Protocols 0 and 1 do not save slots.
        return super().__reduce_ex__(max(protocol, 2))

    def __setstate__(self, state: tuple[dict[str, Any] | None, dict[str, Any]]) -> None:
        """Restore the data, and the attributes and slots of a subclass."""
        attributes, slots = state
        if attributes:
            self.__dict__.update(attributes)
        for name, value in slots.items():
            object.__setattr__(self, name, value)
        # A shallow copy gets its own list or dict, as copies of lists and dicts do.
        hold(self, copy.copy(self._data))

    def _absent_attribute(self, name: str) -> Any:
        if name == "_data":
            raise ApiAttributeError(f"{type(self).__name__} needs a call of super().__init__()")
        raise self._no("attribute", name)

    if not TYPE_CHECKING:  # pragma: no branch
        # Hidden from type checkers, which then report unknown attributes.

        def __setattr__(self, name: str, value: Any) -> None:
            try:
                if hasattr(Structured, name):
                    raise AttributeError(name)
                super().__setattr__(name, value)
            except AttributeError as error:
                raise self._no("attribute", name, " that can be assigned") from error

    def _no(self, what: str, name: str, hint: str = "") -> ApiAttributeError:
        error = ApiAttributeError(f"{type(self).__name__} has no {what} {name!r}{hint}")
        error.path_to_item = [name]
        return error

    def __dir__(self) -> list[str]:
        return [n for n in super().__dir__() if not n.startswith("_") and n not in _MACHINERY]

    def __repr__(self) -> str:
        # Debuggers and tracebacks call this, so it must not fail.
        try:
            return self.to_str()
        except ApiValueError:
            return f"<{type(self).__name__}, nested too deep to be shown>"
        except ApiAttributeError as error:
            return f"<{error}>"

    def to_str(self) -> str:
        """Return the values that are set, by Python name, as readable text."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        html: str = provided("renderer")(self)
        return html
