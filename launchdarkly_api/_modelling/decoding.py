"""Models from JSON."""

from __future__ import annotations

from typing import Any, TypeVar

from launchdarkly_api._modelling.containers import Ref
from launchdarkly_api._modelling.decoder import Reject, decoder
from launchdarkly_api._modelling.json_text import parse_json
from launchdarkly_api._modelling.model import BaseModel, publicly
from launchdarkly_api._modelling.schema import Schema
from launchdarkly_api._modelling.validation import LENIENT, Trust

ModelT = TypeVar("ModelT", bound=BaseModel)


def decode(model: type[ModelT], value: Any) -> ModelT:
    """A model from parsed JSON in wire names.

    ``ApiTypeError`` says where the value does not fit the declaration.
    """
    decoded: ModelT = publicly(Ref(model).accept, value, LENIENT)
    return decoded


def decode_json(schema: Schema, text: str | bytes, trust: Trust = LENIENT) -> Any:
    """What a JSON text holds, checked.

    ``ValueError`` where it is no JSON, and ``RecursionError`` where it is nested too deep.
    """
    if trust is LENIENT and isinstance(schema, Ref):
        try:
            return decoder(schema.model)(parse_json(text))
        except Reject:
            pass
    return publicly(schema.accept_whole, parse_json(text), trust)
