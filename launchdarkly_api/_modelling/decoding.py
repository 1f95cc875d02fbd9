"""Decodes JSON into models."""

from __future__ import annotations

from typing import Any, TypeVar

from launchdarkly_api._modelling.base_model import BaseModel
from launchdarkly_api._modelling.containers import Ref
from launchdarkly_api._modelling.decoder import Reject, decoder
from launchdarkly_api._modelling.json_text import parse_json
from launchdarkly_api._modelling.json_value import publicly
from launchdarkly_api._modelling.schema import Schema
from launchdarkly_api._modelling.validation import LENIENT, ValidationMode

ModelT = TypeVar("ModelT", bound=BaseModel)


def decode(model: type[ModelT], value: Any) -> ModelT:
    """Build a model from parsed JSON.

    Args:
        model: The class of the model.
        value: The parsed JSON, with wire names.

    Returns:
        An instance of ``model``.

    Raises:
        ApiTypeError: The value does not match the declaration. The message has the path to it.
        ApiValueError: The value is nested too deep.
    """
    decoded: ModelT = publicly(Ref(model).accept, value, LENIENT)
    return decoded


def decode_json(schema: Schema, text: str | bytes, mode: ValidationMode = LENIENT) -> Any:
    """Parse and validate a JSON text.

    Args:
        schema: The schema of the whole text.
        text: The JSON text.
        mode: The validation mode.

    Returns:
        The value, with models in place of JSON objects if the schema has them.

    Raises:
        ApiTypeError: The value does not match the schema. The message has the path to it.
        ValueError: The text is not JSON.
        RecursionError: The text is nested too deep to be parsed.
    """
    if mode is LENIENT and isinstance(schema, Ref):
        try:
            return decoder(schema.model)(parse_json(text))
        except Reject:
            pass
    return publicly(schema.accept_whole, parse_json(text), mode)
