"""The state in a SQLite file, which survives a ``kill -9``.

Each change is one transaction that is written before the response is sent. The write-ahead log
survives the process. A power failure may lose the last changes, but never a part of one.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import sqlite3
import types
import typing
from collections.abc import Iterable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from launchdarkly_api.sandbox.state.records import Experiment, Member, Project
from launchdarkly_api.sandbox.state.store import Record, State, StateFileError
from launchdarkly_api.sandbox.state.traffic import Recorded, Simulated, Source, Traffic

# Absent on Windows, which does not need it: its SQLite locks are not those of POSIX.
fcntl: Any = import_module("fcntl") if find_spec("fcntl") else None

#: The SQLite ids that mark a state file and the version of its tables.
APPLICATION_ID = 0x4C44_5342
VERSION = 1

_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Project, Experiment, Member, Recorded, Simulated)
}

_TABLES = """
CREATE TABLE record (kind TEXT, place TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, place));
CREATE TABLE source (iteration TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE cleared (
    iteration TEXT, metric TEXT, before INTEGER NOT NULL, PRIMARY KEY (iteration, metric)
);
"""

T = TypeVar("T")


@functools.cache
def _hints(cls: type[Any]) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def build(annotation: Any, value: Any) -> Any:
    """Rebuild a value of the annotated type from the JSON of ``dataclasses.asdict``."""
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        hints = _hints(annotation)
        return annotation(**{name: build(hints[name], part) for name, part in value.items()})
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is tuple:
        return tuple(build(arguments[0], item) for item in value)
    if origin is dict:
        return {key: build(arguments[1], item) for key, item in value.items()}
    if origin is types.UnionType and value is not None:
        return build(arguments[0], value)
    return value


def _dump(record: Any) -> str:
    return json.dumps(dataclasses.asdict(record), separators=(",", ":"))


def _place(record: Record) -> str:
    if isinstance(record, Project):
        return record.key
    if isinstance(record, Member):
        return record.id
    return json.dumps([record.project_key, record.environment_key, record.key])


def _cleared(iteration_id: str, metric_key: str, count: int) -> tuple[str, tuple[Any, ...]]:
    return (
        "INSERT OR REPLACE INTO cleared VALUES (?, ?, ?)",
        (iteration_id, metric_key, count),
    )


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class _SideLock:
    """A lock on a file beside the state file.

    SQLite uses POSIX locks, which a process loses as soon as it opens and closes the file itself,
    for example for a backup.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        if fcntl is not None:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(self._file)
                raise

    def release(self) -> None:
        if fcntl is not None:
            # A forked process may keep the file open longer than this process.
            fcntl.flock(self._file, fcntl.LOCK_UN)
        os.close(self._file)


class FileStorage:
    """A state file. One process at a time can use it."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        # Absolute, because SQLite gives some names a special meaning, such as ":memory:".
        self.path: Path = Path(path).absolute()
        try:
            self._lock = _SideLock(self.path.with_name(f"{self.path.name}.lock"))
        except BlockingIOError:
            raise self._unusable("another sandbox uses it") from None
        except OSError as error:
            raise OSError(f"Cannot open the state file {str(path)!r}: {error.strerror}") from None
        try:
            self._connection = sqlite3.connect(
                self.path, timeout=0, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            self._lock.release()
            raise OSError(f"Cannot open the state file {str(path)!r}: {error}") from None
        try:
            self._take()
        except sqlite3.Error as error:
            self.close()
            locked = "locked" in str(error)
            raise self._unusable("another program uses it" if locked else str(error)) from None
        except BaseException:
            self.close()
            raise

    def _unusable(self, reason: str) -> OSError:
        return OSError(f"Cannot use the state file {str(self.path)!r}: {reason}")

    def _take(self) -> None:
        run = self._connection.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        run("BEGIN EXCLUSIVE")
        run("COMMIT")
        (tables,) = run("SELECT count(*) FROM sqlite_master").fetchone()
        (application_id,) = run("PRAGMA application_id").fetchone()
        (version,) = run("PRAGMA user_version").fetchone()
        if tables and (application_id, version) != (APPLICATION_ID, VERSION):
            raise self._unusable(
                "it is not a state file of this version of the sandbox. Choose another file."
            )
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        if not tables:
            self._connection.executescript(
                f"BEGIN; {_TABLES} PRAGMA application_id = {APPLICATION_ID};"
                f" PRAGMA user_version = {VERSION}; COMMIT;"
            )
        # This creates the -wal file, if nothing else did.
        run("BEGIN IMMEDIATE")
        run(f"PRAGMA user_version = {VERSION}")
        run("COMMIT")
        self._opened = self._identity()

    def load(self, state: State) -> None:
        """Load all data of the file into a state."""
        try:
            self._load(state)
        except (
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            RecursionError,
            sqlite3.Error,
        ) as error:
            raise StateFileError(
                f"The state file {str(self.path)!r} is damaged ({error!r}); restore it from a"
                " backup, or remove it to start with the demo data"
            ) from error

    def _load(self, state: State) -> None:
        run = self._connection.execute
        for kind, body in run("SELECT kind, body FROM record ORDER BY rowid"):
            state.hold(build(_KINDS[kind], json.loads(body)))
        for iteration, kind, body in run("SELECT iteration, kind, body FROM source ORDER BY rowid"):
            state.traffic_of(iteration).add(build(_KINDS[kind], json.loads(body)))
        for iteration, metric, before in run("SELECT iteration, metric, before FROM cleared"):
            state.traffic_of(iteration).cleared[metric] = before

    def _write(self, statements: Iterable[tuple[str, tuple[Any, ...]]]) -> None:
        """Run all of the statements, or none."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for statement, values in statements:
                    self._connection.execute(statement, values)
                self._check_present()
                self._connection.execute("COMMIT")
            finally:
                # After some errors, such as a full disk, SQLite has already rolled back.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise StateFileError(
                f"The state file {str(self.path)!r} cannot be written: {error}. Nothing was changed"
            ) from error

    def _check_present(self) -> None:
        """Raise ``StateFileError`` if the file was removed or replaced.

        The system lets SQLite write on to a removed file, and discards it with the last program
        that has it open.
        """
        if self._identity() != self._opened:
            raise StateFileError(
                f"The state file {str(self.path)!r} or its -wal file was removed or replaced while"
                " the sandbox runs, so nothing was changed; put it back, or start the sandbox again"
            )

    def _identity(self) -> tuple[tuple[int, int] | None, ...]:
        """Identify the files that hold the data now."""
        return tuple(map(_inode, (self.path, self.path.with_name(f"{self.path.name}-wal"))))

    def put(self, record: Record, sources: Mapping[str, Source]) -> None:
        self._write([self._kept(record), *map(self._added, sources.items())])

    def add_source(self, iteration_id: str, source: Source) -> None:
        self._write([self._added((iteration_id, source))])

    def _kept(self, record: Record) -> tuple[str, tuple[Any, ...]]:
        # An update keeps the row's place in the order of creation; a replacement does not.
        return (
            "INSERT INTO record VALUES (?, ?, ?)"
            " ON CONFLICT (kind, place) DO UPDATE SET body = excluded.body",
            (type(record).__name__, _place(record), _dump(record)),
        )

    def _added(self, item: tuple[str, Source]) -> tuple[str, tuple[Any, ...]]:
        iteration_id, source = item
        return (
            "INSERT INTO source VALUES (?, ?, ?)",
            (iteration_id, type(source).__name__, _dump(source)),
        )

    def clear_metric(self, metric_key: str, before: Mapping[str, int]) -> None:
        self._write(
            _cleared(iteration_id, metric_key, count) for iteration_id, count in before.items()
        )

    def replace_all(self, records: Iterable[Record], traffic: Mapping[str, Traffic]) -> None:
        tables = ("record", "source", "cleared")
        sources = ((key, source) for key, held in traffic.items() for source in held.sources)
        cleared = [
            _cleared(key, metric, count)
            for key, held in traffic.items()
            for metric, count in held.cleared.items()
        ]
        self._write(
            [
                *((f"DELETE FROM {table}", ()) for table in tables),  # noqa: S608 - ours
                *map(self._kept, records),
                *map(self._added, sources),
                *cleared,
            ]
        )

    def close(self) -> None:
        self._connection.close()
        self._lock.release()
