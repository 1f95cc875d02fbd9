"""Times in the user's tables: with a time zone, in UTC without one, or epoch milliseconds."""

from __future__ import annotations

import datetime
import zoneinfo
from typing import Any, Literal

import narwhals.stable.v2 as nw

from launchdarkly_api._support.printable import shown
from launchdarkly_api._support.scalars import whole_number
from launchdarkly_api.analysis.frames import Table
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError

Kind = Literal["with a time zone", "without a time zone", "in epoch milliseconds"]
#: Epoch milliseconds, or a datetime with a time zone.
Time = int | datetime.datetime

#: Milliseconds between these are times of the years 1973 to 5138. Seconds are below, and
#: microseconds above.
LEAST, MOST = 10**11, 10**14
MINUTE = 60_000
#: The engines whose times have various precisions and zones, and do not compare them all.
STRICT = (nw.Implementation.POLARS, nw.Implementation.PANDAS)


def milliseconds(name: str, time: Time) -> int:
    """Convert a time that the user gave.

    Raises:
        ApiTypeError: It is not a time.
        ApiValueError: It has no time zone, or is not within the years that a datetime has.
    """
    if isinstance(time, datetime.datetime):
        if time.tzinfo is None:
            raise ApiValueError(
                f"{name}: {time!r} has no time zone. Add one, such as datetime.timezone.utc"
            )
        return round(time.timestamp() * 1000)
    at = whole_number(time)
    if at is None:
        raise ApiTypeError(
            f"{name} must be epoch milliseconds or a datetime with a time zone, not {shown(time)}"
        )
    try:
        moment(at)
    except (ValueError, OverflowError, OSError):
        raise ApiValueError(
            f"{name}: {at} is not a time between the years 1 and 9999. Give epoch milliseconds"
        ) from None
    return at


def moment(at: int) -> datetime.datetime:
    """The time of epoch milliseconds, in UTC."""
    seconds, rest = divmod(at, 1000)
    time = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return time.replace(microsecond=rest * 1000)


def _check_milliseconds(at: int) -> None:
    """Refuse integers that are seconds or microseconds.

    Raises:
        ApiValueError: They are.
    """
    if not LEAST <= at < MOST:
        raise ApiValueError(
            f"received_time holds {at}, which is not a time of our days in epoch milliseconds."
            " Convert the column of both tables, best to UTC with a time zone"
        )


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The time zone of a name.

    Raises:
        ApiValueError: The time zone does not exist.
    """
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, TypeError, zoneinfo.ZoneInfoNotFoundError):
        raise ApiValueError(
            f"time_zone: there is no time zone {shown(name)}. Use a name such as 'Europe/Berlin'"
        ) from None


class Clock:
    """The times of the tables of one computation, which are all of one kind.

    Raises:
        ApiTypeError: A column does not hold times, or the tables hold times of two kinds.
    """

    def __init__(self, *tables: Table) -> None:
        kinds: dict[str, Kind] = {table.name: self._kind(table) for table in tables}
        first, *others = kinds
        for other in others:
            if kinds[other] != kinds[first]:
                raise ApiTypeError(
                    f"{first}.{tables[0].must_have('received_time')} holds times {kinds[first]},"
                    f" and that of {other} times {kinds[other]}, so that they cannot be compared."
                    " Convert one of them, best both to UTC with a time zone"
                )
        self.kind = kinds[first]

    @staticmethod
    def _kind(table: Table) -> Kind:
        name = table.must_have("received_time")
        kind = table.schema[name]
        if isinstance(kind, nw.Datetime):
            return "without a time zone" if kind.time_zone is None else "with a time zone"
        if kind.is_integer():
            return "in epoch milliseconds"
        raise table.wrong_type(
            name,
            "times",
            "Convert it, such as with pandas.to_datetime(..., utc=True) or a cast to a timestamp",
        )

    def column(self, table: Table) -> nw.Expr:
        """The times of a table, such that those of all tables compare."""
        column = nw.col(table.must_have("received_time"))
        if self.kind != "in epoch milliseconds" and table.frame.implementation in STRICT:
            utc = "UTC" if self.kind == "with a time zone" else None
            return column.cast(nw.Datetime("us", utc))
        return column

    def literal(self, at: int) -> nw.Expr:
        """A time to compare those of the tables with."""
        if self.kind == "in epoch milliseconds":
            return nw.lit(at)
        time = moment(at)
        return nw.lit(time if self.kind == "with a time zone" else time.replace(tzinfo=None))

    def bucket(self, column: nw.Expr) -> nw.Expr:
        """The beginning of the minute of a time. Every zone's days begin with a minute."""
        if self.kind == "in epoch milliseconds":
            return column - column % MINUTE
        return column.dt.truncate("1m")

    def milliseconds(self, value: Any) -> int | None:
        """The epoch milliseconds of a time that an engine returned."""
        if value is None:
            return None
        if isinstance(value, int):
            if self.kind == "in epoch milliseconds":
                _check_milliseconds(value)
            return value
        if value != value:
            # The missing time of pandas.
            return None
        if value.tzinfo is None and self.kind == "without a time zone":
            value = value.replace(tzinfo=datetime.timezone.utc)
        # Spark returns times with a zone as local times, which have none.
        return int(value.timestamp() * 1000 // 1)
