"""Attributes of contexts, which the export holds as JSON, as a column in each engine."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import narwhals.stable.v2 as nw

from launchdarkly_api._support.printable import shown
from launchdarkly_api.analysis.frames import Table, quoted
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError

#: The name of the added column.
NAME = "_segment"
#: The characters that some engines cannot read in the path of an attribute.
QUOTES = "'\"\\"

_Engine = nw.Implementation


def with_segment(table: Table, attribute: str) -> Table:
    """Add an attribute of the context as a column of text.

    A column of the table with the name of the attribute is used as it is. Else the attribute is
    read from ``context_attributes``.

    Raises:
        ApiTypeError: The engine cannot read JSON.
        ApiValueError: The table has neither column.
    """
    if not isinstance(attribute, str) or not attribute:
        raise ApiTypeError(f"segment must be the name of an attribute, not {shown(attribute)}")
    if attribute in table.schema.names():
        return table.replaced(table.frame.with_columns(**{NAME: table.text(attribute)}))
    column = table.find("context_attributes")
    if column is None:
        raise ApiValueError(
            f"segment: {table.name} has no column {attribute!r}, and none with the attributes of"
            f" contexts. Name that with columns={{'{table.name}.context_attributes': ...}}"
        )
    reader = _READERS.get(table.frame.implementation)
    if reader is None:
        raise ApiTypeError(
            f"segment: attributes cannot be read from JSON in {table.frame.implementation}. Add a"
            f" column {attribute!r} to {table.name}"
        )
    frame = nw.from_native(reader(table.frame.to_native(), column, attribute))
    return table.replaced(frame if isinstance(frame, nw.LazyFrame) else frame.lazy())


def _duckdb(relation: Any, column: str, attribute: str) -> Any:
    kind = str(relation.types[relation.columns.index(column)])
    source = quoted(column) if kind in ("VARCHAR", "JSON") else f"to_json({quoted(column)})"
    path = f"$.{json.dumps(attribute)}".replace("'", "''")
    # Text that is not JSON has no attributes.
    value = f"json_extract_string(CASE WHEN json_valid({source}) THEN {source} END, '{path}')"
    return relation.project(f"*, {value} AS {NAME}")


def _polars(frame: Any, column: str, attribute: str) -> Any:
    import polars

    kind = frame.collect_schema()[column]
    source = polars.col(column)
    if isinstance(kind, polars.Struct):
        names = [field.name for field in kind.fields]
        value = source.struct.field(attribute) if attribute in names else polars.lit(None)
        return frame.with_columns(value.cast(polars.String).alias(NAME))
    # A column of few different values may be a categorical one.
    source = source.cast(polars.String)
    if set(attribute) & set(QUOTES):
        # Polars has no way to write such a name in a path.
        values = source.map_elements(_reader(attribute), return_dtype=polars.String)
        return frame.with_columns(values.alias(NAME))
    path = f"$[{json.dumps(attribute)}]"
    return frame.with_columns(source.str.json_path_match(path).alias(NAME))


def _spark(frame: Any, column: str, attribute: str) -> Any:  # pragma: no cover
    # ``tox -e engines`` runs it: Spark is too large for the other environments.
    if set(attribute) & set(QUOTES):
        raise ApiTypeError(
            f"segment: Spark cannot read attribute {attribute!r} from JSON. Add a column with it"
        )
    functions: Any = importlib.import_module("pyspark.sql.functions")
    path = f"$['{attribute}']"
    return frame.withColumn(NAME, functions.get_json_object(column, path))


def _ibis(table: Any, column: str, attribute: str) -> Any:
    source = table[column]
    if source.type().is_struct():
        value = source[attribute].cast("string")
    else:
        found = (source if source.type().is_json() else source.cast("json"))[attribute]
        # ``str`` reads strings only; the text of other values is the value.
        value = found.str.fill_null(found.cast("string"))
        value = value.nullif("null")
    return table.mutate(**{NAME: value})


def _pandas(frame: Any, column: str, attribute: str) -> Any:
    return frame.assign(**{NAME: frame[column].map(_reader(attribute)).astype("string")})


def _reader(attribute: str) -> Callable[[Any], str | None]:
    """A function from the attributes of a context, as JSON or as a dict, to the text of one."""

    @lru_cache(maxsize=10_000)
    def parsed(text: str) -> str | None:
        try:
            return read(json.loads(text))
        except ValueError:
            return None

    def read(attributes: Any) -> str | None:
        if isinstance(attributes, str):
            return parsed(attributes)
        value = attributes.get(attribute) if isinstance(attributes, dict) else None
        return value if value is None or isinstance(value, str) else json.dumps(value)

    return read


_READERS: dict[_Engine, Callable[[Any, str, str], Any]] = {
    _Engine.DUCKDB: _duckdb,
    _Engine.IBIS: _ibis,
    _Engine.PANDAS: _pandas,
    _Engine.POLARS: _polars,
    _Engine.PYSPARK: _spark,
    _Engine.PYSPARK_CONNECT: _spark,
}
