"""Tables of any engine: frames and relations through narwhals, and files through DuckDB."""

from __future__ import annotations

import contextlib
import glob
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import narwhals
import narwhals.stable.v2 as nw

from launchdarkly_api._support.distribution import DISTRIBUTION
from launchdarkly_api._support.printable import printable, shown
from launchdarkly_api.analysis.columns import Columns
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError

T = TypeVar("T")

PARQUET = (".parquet", ".pq")
CSV = (".csv", ".csv.gz", ".tsv", ".tsv.gz")

SPARK = (nw.Implementation.PYSPARK, nw.Implementation.PYSPARK_CONNECT)

#: DuckDB's type of times with a zone, in nanoseconds.
NANOSECONDS = "TIMESTAMPTZ_NS"

#: The maximum memory of the connection that reads files, and the units, as DuckDB reports them.
MEMORY = "3.0 GiB"
UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")

#: The accepted kinds of tables, for messages.
ACCEPTED = (
    "a pandas, Polars or PyArrow frame, a DuckDB relation, a PySpark or Ibis table, or the path of"
    " Parquet or CSV files"
)


class Table:
    """One table of the export, in its engine.

    Attributes:
        name: The name of the table in LaunchDarkly's schema.
        frame: The table. It is lazy if its engine is.
    """

    def __init__(self, name: str, frame: nw.LazyFrame[Any], columns: Columns) -> None:
        self.name = name
        self.frame = frame
        self.schema: narwhals.Schema = frame.collect_schema()
        self._columns = columns

    def find(self, column: str) -> str | None:
        """The name of a column in this table, or None if it does not have it."""
        return self._columns.find(self.name, column, self.schema.names())

    def require(self, column: str) -> str | None:
        """The name of a column, or None if the user said that the table does not have it.

        Raises:
            ApiValueError: The table lacks the column.
        """
        return self._columns.require(self.name, column, self.schema.names())

    def must_have(self, column: str) -> str:
        """The name of a column without which nothing can be computed.

        Raises:
            ApiValueError: The table lacks the column.
        """
        name = self.require(column)
        if name is None:
            raise ApiValueError(f"columns: {self.name}.{column} is required and cannot be None")
        return name

    def replaced(self, frame: nw.LazyFrame[Any]) -> Table:
        """The same table with another frame."""
        return Table(self.name, frame, self._columns)

    def text(self, name: str) -> nw.Expr:
        """A column of text. Other values become text, so that all engines compare them alike."""
        column = nw.col(name)
        return column if self.schema[name] == nw.String else column.cast(nw.String)

    def number(self, name: str) -> nw.Expr:
        """A column of numbers, as floats.

        Raises:
            ApiTypeError: It holds something else.
        """
        kind = self.schema[name]
        if not kind.is_numeric():
            raise ApiTypeError(
                f"{self.name}.{name} must hold numbers, not {kind}. Convert it, such as with a cast"
                " to double"
            )
        column = nw.col(name)
        if kind != nw.Float64:
            column = column.cast(nw.Float64)
        if self.frame.implementation.is_pandas():
            # In a column of Arrow's type, the minimum of NaN alone is infinite.
            return nw.when(~column.is_nan()).then(column)
        return column

    def wrong_type(self, name: str, expected: str, remedy: str) -> ApiTypeError:
        """The exception for a column of the wrong type."""
        return ApiTypeError(
            f"{self.name}.{name} must hold {expected}, not {self.schema[name]}. {remedy}"
        )


class Opener:
    """Opens tables. All files are read by one DuckDB connection, so that they can be joined.

    Args:
        columns: The names of the columns in the user's tables.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self.connection: duckdb.DuckDBPyConnection | None = None

    def open(self, name: str, source: Any) -> Table:
        """Open a frame, or files.

        Args:
            name: The name of the table in LaunchDarkly's schema.
            source: A frame, a path with or without wildcards, a folder, or several paths.

        Raises:
            ApiTypeError: It is neither a frame nor a path.
            ApiValueError: The file does not exist or cannot be read, or two columns have one name.
        """
        paths = _paths(source)
        native = source if paths is None else self._read(name, paths)
        try:
            frame = nw.from_native(native)
        except TypeError:
            # A series has lines.
            found = " ".join(shown(source).split())
            raise ApiTypeError(f"{name} must be {ACCEPTED}, not {found}") from None
        except narwhals.exceptions.DuplicateError:
            raise ApiValueError(f"{name} has two columns of one name. Rename one of them") from None
        if frame.implementation.is_pyarrow():
            # PyArrow has no query engine of its own. DuckDB reads its memory without a copy.
            native = self._connected().from_arrow(native)
            frame = nw.from_native(native)
        if frame.implementation.is_duckdb():
            frame = nw.from_native(_with_known_times(native))
        lazy = frame if isinstance(frame, nw.LazyFrame) else frame.lazy()
        return Table(name, lazy, self._columns)

    def _read(self, name: str, paths: Sequence[str]) -> duckdb.DuckDBPyRelation:
        files = [file for path in paths for file in _files(name, path)]
        formats = {_format(file) for file in files}
        if len(formats) > 1 or None in formats:
            raise ApiValueError(
                f"{name}: {_listed(files)} must be Parquet or CSV files, all of one kind. Their"
                f" names end with {', '.join((*PARQUET, *CSV))}"
            )
        connection = self._connected()
        try:
            if formats == {PARQUET}:
                return connection.read_parquet(files, union_by_name=len(files) > 1)
            return connection.read_csv(files)  # type: ignore[arg-type,unused-ignore]
        except duckdb.Error as error:
            reason = str(error).partition("\n")[0]
            raise ApiValueError(f"{name}: {_listed(paths)} cannot be read: {reason}") from error

    def _connected(self) -> duckdb.DuckDBPyConnection:
        self.connection = self.connection or connect()
        return self.connection


def connect() -> duckdb.DuckDBPyConnection:
    """Open a connection that reads files, with limits that suit a laptop."""
    connection = duckdb.connect()
    # The default is most of the memory of the computer. Beyond the limit, the disk is used.
    limit = limited(setting(connection, "memory_limit"))
    connection.execute(f"SET memory_limit = '{limit}'")
    # Without a bar of its own, which is not printed, DuckDB does not know how far a query is. It
    # refuses one in a notebook without ipywidgets.
    with contextlib.suppress(duckdb.Error):
        connection.execute("SET enable_progress_bar_print = false; SET enable_progress_bar = true")
    # The order of rows is of no use, and keeping it costs memory.
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET TimeZone = 'UTC'")
    # The default is a folder in the current one, which may be a repository.
    spill = Path(tempfile.gettempdir()) / f"{DISTRIBUTION}-{uuid.uuid4().hex}"
    connection.execute("SET temp_directory = $folder", {"folder": str(spill)})
    return connection


def limited(memory: str) -> str:
    """The smaller of ``MEMORY`` and a size that DuckDB reported, such as ``18.7 GiB``."""

    def size(text: str) -> float:
        number, unit = text.split()
        return float(number) * 1024.0 ** UNITS.index(unit)

    return min(memory, MEMORY, key=size)


def within_memory(connection: duckdb.DuckDBPyConnection | None, compute: Callable[[], T]) -> T:
    """Run a computation, and again with DuckDB's own limit if ``MEMORY`` was not enough.

    DuckDB cannot move everything to the disk: tables of 200 million rows may need more memory. A
    limit that the user has set is kept.
    """
    try:
        return compute()
    except duckdb.OutOfMemoryException:
        if connection is None or setting(connection, "memory_limit") != MEMORY:
            raise
        connection.execute("RESET memory_limit")
        return compute()


def setting(connection: duckdb.DuckDBPyConnection, name: str) -> Any:
    """The value of a setting of DuckDB."""
    ((value,),) = connection.execute("SELECT current_setting($1)", [name]).fetchall()
    return value


def _with_known_times(relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Round times with a zone to microseconds: narwhals does not know those in nanoseconds.

    pandas writes nanoseconds to Parquet files.
    """
    columns = [
        f"CAST({name} AS TIMESTAMPTZ) AS {name}"
        for column, kind in zip(relation.columns, relation.types)
        if str(kind) == NANOSECONDS and (name := quoted(column))
    ]
    return relation.project(f"* REPLACE ({', '.join(columns)})") if columns else relation


def quoted(name: str) -> str:
    """The name of a column in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _paths(source: Any) -> list[str] | None:
    """The paths that were given, or None if something else was."""
    if isinstance(source, str | os.PathLike):
        return [os.fspath(source)]
    if not isinstance(source, list | tuple) or not source:
        return None
    paths = [os.fspath(path) for path in source if isinstance(path, str | os.PathLike)]
    return paths if len(paths) == len(source) else None


def _listed(paths: Sequence[str]) -> str:
    """The first paths, for a message."""
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return f"{', '.join(map(printable, paths[:3]))}{more}"


def _files(name: str, path: str) -> list[str]:
    if "://" in path:
        # DuckDB reads it, if it has the extension.
        return [path]
    if Path(path).is_dir():
        inside = sorted(map(str, Path(path).rglob("*")))
        found = [file for file in inside if _format(file) == PARQUET]
        found = found or [file for file in inside if _format(file) == CSV]
    else:
        found = [path] if Path(path).is_file() else sorted(glob.glob(path, recursive=True))
    if not found:
        raise ApiValueError(
            f"{name}: there are no Parquet or CSV files at {path!r}. Correct the path"
        )
    return found


def _format(file: str) -> tuple[str, ...] | None:
    return next((kind for kind in (PARQUET, CSV) if file.lower().endswith(kind)), None)


def implementation(frame: nw.LazyFrame[Any]) -> nw.Implementation:
    """The engine of a frame, which type checkers take for Polars."""
    engine: Any = frame.implementation
    return nw.Implementation(engine)


def fetch(frame: nw.LazyFrame[Any]) -> Iterator[dict[str, Any]]:
    """Compute a frame in its engine, and return its rows.

    DuckDB, Spark and Ibis return rows without another library of frames.
    """
    names = frame.collect_schema().names()
    native = frame.to_native()
    engine = implementation(frame)
    if engine == nw.Implementation.DUCKDB:
        rows = _with_milliseconds(native).fetchall()
    elif engine in SPARK:  # pragma: no cover
        # ``tox -e engines`` runs it: Spark is too large for the other environments.
        rows = native.collect()
    elif engine == nw.Implementation.IBIS:
        return iter(native.to_pyarrow().to_pylist())
    else:
        rows = frame.collect().rows()
        if engine == nw.Implementation.PANDAS:
            # Columns of Arrow's types have a missing value of their own, which has no truth value.
            absent = nw.get_native_namespace(frame).NA
            rows = [tuple(None if value is absent else value for value in row) for row in rows]
    return (dict(zip(names, row)) for row in rows)


def _with_milliseconds(relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Replace times by epoch milliseconds: DuckDB needs another package to return time zones."""
    columns = [
        f'epoch_us("{name}") // 1000 AS "{name}"'
        if str(kind).startswith("TIMESTAMP")
        else f'"{name}"'
        for name, kind in zip(relation.columns, relation.types)
    ]
    return relation.project(", ".join(columns))
