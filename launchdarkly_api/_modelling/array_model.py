"""The base class of models that are JSON arrays."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

from launchdarkly_api._modelling.annotations import schema_of
from launchdarkly_api._modelling.base_model import BaseModel, without_private
from launchdarkly_api._modelling.containers import Array, Field
from launchdarkly_api._modelling.json_value import publicly
from launchdarkly_api._modelling.structured import hold
from launchdarkly_api._modelling.validation import STRICT, ValidationMode
from launchdarkly_api._support.errors import ApiTypeError

ItemT = TypeVar("ItemT")


class ArrayModel(BaseModel, Generic[ItemT]):
    """Base of the models that are JSON arrays. ``value`` is the list.

    Args:
        value: The items.

    Raises:
        ApiTypeError: ``value`` is not a list, or an item has the wrong type.
        ApiValueError: An item is not allowed.
    """

    __slots__ = ()

    _schema: ClassVar[Array] = Array(schema_of(Any))
    openapi_types: ClassVar[dict[str, tuple[Any, ...]]]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for origin in cls.__dict__.get("__orig_bases__", ()):
            if typing.get_origin(origin) is ArrayModel:
                (item,) = typing.get_args(origin)
                cls._schema = Array(schema_of(item))
                cls._fields = (
                    Field(
                        "value", "value", True, cls._schema, types.GenericAlias(list, item), True
                    ),
                )
                cls.openapi_types = {"value": cls._schema.classes}

    if TYPE_CHECKING:

        def __init__(self, value: list[ItemT] | tuple[ItemT, ...]) -> None: ...

    @classmethod
    def _accepted(cls, args: tuple[Any, ...], kwargs: dict[str, Any], mode: ValidationMode) -> Any:
        if kwargs:
            kwargs, mode = without_private(kwargs, mode)
            if "value" in kwargs:
                args = (*args, kwargs.pop("value"))
        if len(args) != 1 or kwargs:
            raise ApiTypeError(f"{cls.__name__}() takes one argument, the list 'value'")
        return publicly(cls._schema.accept, args[0], mode, inside=["value"])

    @property
    def value(self) -> list[ItemT]:
        """The items. Changing this list changes the model."""
        items: list[ItemT] = self._data
        return items

    @value.setter
    def value(self, items: list[ItemT] | tuple[ItemT, ...]) -> None:
        hold(self, self._accepted((items,), {}, STRICT))

    def get(self, name: str, default: Any = None) -> Any:
        """Return the list if ``name`` is ``"value"``, and ``default`` otherwise."""
        return self.value if name == "value" else default

    def __iter__(self) -> Iterator[ItemT]:
        return iter(self.value)

    def __len__(self) -> int:
        return len(self.value)

    def __contains__(self, item: object) -> bool:
        return item in self.value or item == "value"

    @overload
    def __getitem__(self, index: int) -> ItemT: ...
    @overload
    def __getitem__(self, index: slice | str) -> list[ItemT]: ...
    def __getitem__(self, index: int | slice | str) -> ItemT | list[ItemT]:
        if isinstance(index, str):
            if index == "value":
                return self.value
            raise self._no("attribute", index)
        return self.value[index]

    @overload
    def __setitem__(self, index: int, item: ItemT) -> None: ...
    @overload
    def __setitem__(self, index: slice | str, item: list[ItemT]) -> None: ...
    def __setitem__(self, index: int | slice | str, item: Any) -> None:
        if isinstance(index, str):
            setattr(self, index, item)
        elif isinstance(index, slice):
            self.value[index] = publicly(self._schema.accept, item, STRICT)
        else:
            self.value[index] = publicly(self._schema.item.accept, item, STRICT, inside=[index])

    def to_str(self) -> str:
        """Return the text of the list of items."""
        return publicly(str, self.value)
