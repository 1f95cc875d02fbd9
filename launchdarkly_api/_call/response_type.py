"""Interprets ``response_type``, in each notation that generated clients use."""

# Values of any type pass through here, so the types of their parts are unknown.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

from launchdarkly_api._modelling.annotations import schema_of
from launchdarkly_api._modelling.schema import Schema
from launchdarkly_api._modelling.structured import Structured
from launchdarkly_api._modelling.validation import InvalidValue, ValidationMode
from launchdarkly_api._support.errors import ApiValueError

#: Finds a model by its name, or raises ``AttributeError``.
FindModel = Callable[[str], Any]

_LIST = re.compile(r"[Ll]ist\[(.*)\]", re.DOTALL)
_DICT = re.compile(r"[Dd]ict(?:\[ *str *,(.*)\]|\( *str *,(.*)\))", re.DOTALL)
_KINDS = (bool, datetime.date, datetime.datetime, dict, float, int, list, object, str)
_NAMES: dict[str, Any] = {"None": None, **{kind.__name__: kind for kind in _KINDS}}


def response_schema(given: Any, find_model: FindModel) -> Schema:
    """Return the schema of a response type.

    Args:
        given: A class, a tuple in the notation of 13.0.0, or a name such as ``"Experiment"``,
            ``"object"``, ``"list[Experiment]"`` or ``"dict(str, float)"``.
        find_model: Finds a model by its name.

    Returns:
        The schema. It parses dates and datetimes only if the whole response is a single one.

    Raises:
        ApiValueError: A response cannot have this type.
    """
    try:
        annotation = _annotation(given, find_model) if isinstance(given, str) else given
        if isinstance(annotation, tuple) and len(annotation) == 1:
            (annotation,) = annotation
        if annotation in (datetime.date, datetime.datetime):
            return Moment(annotation)
        return schema_of(annotation)
    except (AttributeError, TypeError, LookupError, RecursionError):
        raise ApiValueError(
            f"response_type cannot be {given!r:.80}; write a model or its name, such as"
            ' "Experiment", a type such as object, str or dict, or list[...] or dict[str, ...]'
        ) from None


def _annotation(text: str, find_model: FindModel) -> Any:
    """Return the annotation for a name, or raise LookupError or AttributeError."""
    text = text.strip()
    if found := _LIST.fullmatch(text):
        return [_annotation(found[1], find_model)]
    if found := _DICT.fullmatch(text):
        return {str: _annotation(found[1] or found[2], find_model)}
    if text in _NAMES:
        return _NAMES[text]
    model = find_model(text)
    if isinstance(model, type) and issubclass(model, Structured):
        return model
    raise LookupError(text)


class Moment(Schema):
    """A date or a datetime, which a response holds as ISO 8601 text."""

    def __init__(self, kind: type[datetime.date]) -> None:
        self.kind = kind
        self.name: str = kind.__name__
        self.classes: tuple[Any, ...] = (kind,)

    def accept(self, value: Any, mode: ValidationMode) -> Any:  # noqa: ARG002 - of every schema
        """Parse the text into a date or datetime."""
        from dateutil.parser import isoparse

        if not isinstance(value, str):
            raise self.mismatch(value)
        try:
            moment = isoparse(value)
        except ValueError:
            raise InvalidValue(self.mismatch(value).message, None) from None
        return moment if self.kind is datetime.datetime else moment.date()
