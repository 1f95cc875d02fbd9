"""Compares types, and the objects that are used in the same place on both sides."""

from __future__ import annotations

from collections.abc import Iterator

from test.drift.contract import Contract, Field, Shape
from test.drift.difference import Difference

REQUEST, RESPONSE, UNKNOWN = "request", "response", "unknown"


class ObjectComparison:
    """Compares types, and collects the pairs of models and schemas that it finds.

    A model is compared with each schema that a document has in its place. So a schema that was
    renamed is found by its use. One model may serve several schemas: it needs the fields of all of
    them, and may require only those that all of them require.

    Args:
        here: The contract that the package declares.
        there: The contract of the document.
    """

    def __init__(self, here: Contract, there: Contract) -> None:
        self.here, self.there = here, there
        #: The schemas of each model.
        self.schemas_of: dict[str, set[str]] = {}
        self._waiting: list[tuple[str, str, str]] = []
        self._seen: set[tuple[str, str, str]] = set()

    def finish(self) -> Iterator[Difference]:
        """Compare the objects of all pairs, and each model with the schema of its name."""
        yield from self._compare_waiting()
        for name in self.here.objects.keys() & self.there.objects.keys():
            if name not in self.schemas_of.get(name, ()):
                self._pair(name, name, UNKNOWN)
        yield from self._compare_waiting()
        served = set[str]().union(*self.schemas_of.values())
        for name, schema in self.there.objects.items():
            if name not in served and schema.named:
                yield Difference("schemas", name, "no model here")
        for model in self.schemas_of:
            yield from self._presence(model)

    def whole(
        self, place: str, mine: Shape | None, theirs: Shape | None, direction: str
    ) -> Iterator[Difference]:
        """Compare whole bodies. None is a body that does not exist or has no type."""
        if mine is not None and theirs is not None:
            yield from self.shapes(place, mine, theirs, direction)
        elif mine is not None or theirs is not None:
            what = f"{mine or 'no body'} here, {theirs or 'no body'} there"
            yield Difference("types", place, what)

    def shapes(
        self, place: str, mine: Shape, theirs: Shape, direction: str, optional: bool = False
    ) -> Iterator[Difference]:
        """Compare two types. ``optional`` is whether the field may be None here."""
        # A response's null in an optional field is read as None; a request never sends null.
        tolerated = theirs.nullable and optional and direction != REQUEST
        if mine.nullable != theirs.nullable and not tolerated:
            yield Difference.sided("nullability", place, "nullable", mine.nullable)
        if mine.kind != theirs.kind or mine.kind == "union":
            if str(mine) != str(theirs):
                yield Difference("types", place, f"{mine} here, {theirs} there")
        elif mine.item and theirs.item:
            mark = "[]" if mine.kind == "array" else "{}"
            yield from self.shapes(place + mark, mine.item, theirs.item, direction)
        elif mine.kind == "object":
            yield from self._objects(place, mine.name, theirs.name, direction)
        elif mine.words != theirs.words:
            yield from listed(place, mine.words, theirs.words)

    def _objects(self, place: str, mine: str, theirs: str, direction: str) -> Iterator[Difference]:
        if mine != theirs and self.there.objects[theirs].named:
            if mine in self.there.objects or theirs in self.here.objects:
                yield Difference("types", place, f"{mine} here, {theirs} there")
            else:
                yield Difference("schemas", mine, f"named {theirs} there")
        self._pair(mine, theirs, direction)

    def _pair(self, model: str, schema: str, direction: str) -> None:
        if (model, schema, direction) not in self._seen:
            self._seen.add((model, schema, direction))
            self._waiting.append((model, schema, direction))
            self.schemas_of.setdefault(model, set()).add(schema)

    def _compare_waiting(self) -> Iterator[Difference]:
        """Compare the types of the fields of each pair, which may find further pairs."""
        while self._waiting:
            model, schema, direction = self._waiting.pop()
            theirs = self.there.objects[schema].fields
            for wire, mine in self.here.objects[model].fields.items():
                if wire in theirs:
                    place = self._place(model, wire, schema)
                    yield from self.shapes(
                        place, mine.shape, theirs[wire].shape, direction, not mine.required
                    )

    def _presence(self, model: str) -> Iterator[Difference]:
        """Compare which fields there are, and which are required or deprecated."""
        mine = self.here.objects[model].fields
        schemas = {name: self.there.objects[name] for name in sorted(self.schemas_of[model])}
        for wire in mine.keys() | {wire for schema in schemas.values() for wire in schema.fields}:
            found = [(name, s.fields[wire]) for name, s in schemas.items() if wire in s.fields]
            if not found:
                yield Difference("fields", f"{model}.{wire}", "gone there")
            elif wire not in mine:
                yield self._missing(model, wire, found)
            else:
                required = all(field.required for _, field in found) and len(found) == len(schemas)
                deprecated = all(field.deprecated for _, field in found)
                yield from _marks(f"{model}.{wire}", mine[wire], required, deprecated)

    def _missing(self, model: str, wire: str, found: list[tuple[str, Field]]) -> Difference:
        namesake = [pair for pair in found if pair[0] == model]
        schema, field = (namesake or found)[0]
        need = "required" if field.required else "optional"
        words = f" ({', '.join(sorted(field.shape.words))})" if field.shape.words else ""
        what = f"missing here, {need} {field.shape}{words} there"
        return Difference("fields", self._place(model, wire, schema), what)

    def _place(self, model: str, wire: str, schema: str) -> str:
        """Return the place of a field. It names the schema if the model serves several."""
        several = schema != model and model in self.there.objects
        return f"{model}.{wire} ({schema})" if several else f"{model}.{wire}"


def _marks(place: str, mine: Field, required: bool, deprecated: bool) -> Iterator[Difference]:
    if mine.required != required:
        yield Difference.sided("optionality", place, "required", mine.required)
    if mine.deprecated != deprecated:
        yield Difference.sided("deprecations", place, "deprecated", mine.deprecated)


def listed(
    place: str, mine: frozenset[str] | None, theirs: frozenset[str] | None
) -> Iterator[Difference]:
    """Compare the values of enumerations. None accepts any string."""
    if mine is None or theirs is None:
        own, other = (", ".join(sorted(words)) if words else "any" for words in (mine, theirs))
        if own != other:
            yield Difference("enumerations", place, f"{own} here, {other} there")
        return
    for word in theirs - mine:
        yield Difference("enumerations", place, f"{word!r} missing here")
    for word in mine - theirs:
        yield Difference("enumerations", place, f"{word!r} gone there")
