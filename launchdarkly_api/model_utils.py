"""The parts from which programs can build models: base classes, field declarations, decoding.

A model is a class with one typed line per field. A field with a default is optional. The wire name
is the camel-case form of the field's name, unless ``field("wireName")`` gives another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from launchdarkly_api._modelling.annotations import EpochMilliseconds, EpochTime
from launchdarkly_api._modelling.array_model import ArrayModel
from launchdarkly_api._modelling.base_model import BaseModel
from launchdarkly_api._modelling.containers import Field
from launchdarkly_api._modelling.declaration import KW_ONLY, field
from launchdarkly_api._modelling.decoding import decode, decode_json
from launchdarkly_api._modelling.json_value import to_json_value
from launchdarkly_api._modelling.model import Model
from launchdarkly_api._support.absent import absent_names

__all__ = [
    "KW_ONLY",
    "ArrayModel",
    "BaseModel",
    "EpochMilliseconds",
    "EpochTime",
    "Field",
    "Model",
    "decode",
    "decode_json",
    "field",
    "to_json_value",
]

if not TYPE_CHECKING:  # pragma: no branch
    # Hidden from type checkers, which would otherwise accept misspelt names.
    __getattr__ = absent_names(__name__)
