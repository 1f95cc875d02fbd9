"""Reads the schemas of a document as shapes, and the objects that they refer to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from test.drift.contract import ANY, Field, Object, Shape
from test.drift.reading import Unusable, mapping, resolved, sequence

#: Schemas that are nested deeper are refused.
MAX_DEPTH = 100
_SCALARS = ("boolean", "integer", "number", "string", "null")


class Schemas:
    """The schemas of one document.

    Args:
        document: The parsed document.

    Attributes:
        document: The parsed document.
        objects: The objects that were read so far, by the name of their schema. A schema that is
            written in place is named after the place.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.objects: dict[str, Object] = {}
        self._depth = 0

    def read_named(self, names: Iterable[str]) -> None:
        """Read the schemas with these names, as far as the document has them."""
        components = mapping(self.document.get("components"), "components")
        for folder, schemas in (
            ("#/components/schemas", components.get("schemas")),
            ("#/definitions", self.document.get("definitions")),
        ):
            for name in mapping(schemas, folder).keys() & set(names):
                self.shape({"$ref": f"{folder}/{name}"}, name)

    def shape(self, given: Any, place: str) -> Shape:
        """Return the shape of a schema.

        Args:
            given: The schema, or a reference to one.
            place: The name of the place, for a schema that has no name, and for messages.

        Returns:
            The shape.

        Raises:
            Unusable: The schema is malformed, or a reference leads nowhere.
        """
        if isinstance(given, bool):
            return ANY
        reference, schema = resolved(self.document, given, place)
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                raise Unusable(f"{place:.100} is nested deeper than {MAX_DEPTH} levels.")
            shape = self._shape(schema, reference.rpartition("/")[2] or place, bool(reference))
        finally:
            self._depth -= 1
        nullable = schema.get("nullable") is True or schema.get("x-nullable") is True
        return shape._replace(nullable=shape.nullable or nullable)

    def _shape(self, schema: Mapping[str, Any], name: str, named: bool) -> Shape:
        parts = sequence(schema.get("allOf"), f"allOf of {name}")
        if len(parts) == 1 and "properties" not in schema:
            # The usual way to describe a reference in 3.0.
            return self.shape(parts[0], name)
        for keyword in ("oneOf", "anyOf"):
            if keyword in schema:
                return self._union(sequence(schema[keyword], f"{keyword} of {name}"), name)
        types = schema.get("type")
        if isinstance(types, list):
            return self._union([{**schema, "type": one} for one in types], name)
        properties = self._properties(schema, name)
        is_open = "additionalProperties" in schema
        if properties or ("properties" in schema and not is_open):
            self._read_object(properties, name, named)
            return Shape("object", name)
        if types == "array":
            return Shape("array", item=self.shape(schema.get("items"), f"{name}[]"))
        if types == "object" or is_open:
            return Shape("map", item=self.shape(schema.get("additionalProperties"), f"{name}{{}}"))
        return self._scalar(schema, types, name)

    def _scalar(self, schema: Mapping[str, Any], kind: Any, name: str) -> Shape:
        words = sequence(schema.get("enum"), f"enum of {name}")
        words = [schema["const"]] if "const" in schema else words
        texts = frozenset(word for word in words if isinstance(word, str))
        if kind is None and texts:
            kind = "string"
        if kind not in _SCALARS:
            return ANY
        return Shape(kind, words=texts or None, nullable=None in words)

    def _union(self, parts: list[Any], name: str) -> Shape:
        # Numbered, because several alternatives may be objects without a name.
        shapes = [self.shape(part, f"{name}.{number}") for number, part in enumerate(parts, 1)]
        others = tuple(dict.fromkeys(shape for shape in shapes if shape.kind != "null"))
        nullable = len(others) < len(shapes) or any(shape.nullable for shape in others)
        if not others:
            return Shape("null") if shapes else ANY
        if len(others) == 1:
            return others[0]._replace(nullable=nullable)
        return Shape("union", choices=others, nullable=nullable)

    def _properties(self, schema: Mapping[str, Any], name: str) -> dict[str, tuple[Any, bool]]:
        """Return the schema of each property, allOf included, and whether it is required."""
        found: dict[str, tuple[Any, bool]] = {}
        required = sequence(schema.get("required"), f"required of {name}")
        for part in sequence(schema.get("allOf"), f"allOf of {name}"):
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise Unusable(f"{name:.100} is nested deeper than {MAX_DEPTH} levels.")
            found.update(self._properties(resolved(self.document, part, name)[1], name))
            self._depth -= 1
        for key, value in mapping(schema.get("properties"), f"properties of {name}").items():
            found[key] = (value, False)
        return {key: (value, known or key in required) for key, (value, known) in found.items()}

    def _read_object(
        self, properties: Mapping[str, tuple[Any, bool]], name: str, named: bool
    ) -> None:
        if name in self.objects:
            return
        fields: dict[str, Field] = {}
        # Entered before it is complete: a schema may contain itself.
        self.objects[name] = Object(fields, named)
        for key, (value, required) in properties.items():
            place = f"{name}.{key}"
            shape = self.shape(value, place)
            schema = {} if isinstance(value, bool) else resolved(self.document, value, place)[1]
            text = str(schema.get("description", "")).lower().lstrip("(*> ")
            deprecated = schema.get("deprecated") is True or text.startswith("deprecated")
            fields[key] = Field(shape, required, deprecated)
