"""The tables of LaunchDarkly's warehouse Data Export, and the names of their columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from launchdarkly_api._support.printable import shown
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError

EVALUATION_EVENTS = "evaluation_events"
METRIC_EVENTS = "metric_events"
ITERATIONS = "experiment_iterations"
ARM_PARAMETERS = "experiment_arm_parameters"

#: The columns of each table that are read, and other names that a table may use instead.
#:
#: The names of ``evaluation_events`` are those of LaunchDarkly's page "Warehouse Data Export schema
#: reference". In public SQL over the export are ``context_key``, ``context_kind``, ``event_key``,
#: ``event_value`` and ``received_time`` of ``metric_events``, and ``started_at`` of
#: ``experiment_iterations``. All others are unverified, hence the alternatives, the errors that
#: name the columns of the user's table, and the argument ``columns``.
TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    EVALUATION_EVENTS: {
        "context_key": (),
        "context_kind": (),
        "variation_id": (),
        "flag_key": (),
        "experiment_iteration_id": ("iteration_id",),
        "received_time": (),
        "environment_id": (),
        "context_attributes": (),
    },
    METRIC_EVENTS: {
        "context_key": (),
        "context_kind": (),
        "event_key": ("metric_key",),
        "event_value": ("metric_value", "value"),
        "event_id": (),
        "received_time": ("event_timestamp",),
        "environment_id": (),
    },
    ITERATIONS: {
        "experiment_iteration_id": ("iteration_id", "id"),
        "experiment_key": (),
        "started_at": ("started_time", "start_time"),
        "ended_at": ("stopped_at", "ended_time", "end_time"),
        "randomization_unit": ("context_kind",),
    },
    ARM_PARAMETERS: {
        "experiment_iteration_id": ("iteration_id",),
        "arm_id": ("experiment_arm_id", "treatment_id"),
        "arm_name": ("experiment_arm_name", "treatment_name", "name"),
        "flag_key": (),
        "variation_id": ("flag_variation_id",),
        "is_control": ("is_baseline", "baseline"),
        "allocation_percent": (),
    },
}


class Columns:
    """The names of the columns in the user's tables.

    Args:
        replaced: The name of a column in the user's tables, by the name in LaunchDarkly's schema:
            ``"metric_events.event_key"`` for one table, or ``"context_key"`` for all that have it.
            ``None`` says that the tables do not have the column.

    Raises:
        ApiTypeError: It is not a mapping, or a name is not a string.
        ApiValueError: LaunchDarkly's schema does not have the column.
    """

    def __init__(self, replaced: Mapping[str, str | None] | None = None) -> None:
        self._replaced = _checked(replaced)
        qualified = [f"{table}.{column}" for table, names in TABLES.items() for column in names]
        known = {*qualified, *(column for names in TABLES.values() for column in names)}
        for name in self._replaced:
            if name not in known:
                close = get_close_matches(str(name), sorted(known), 1)
                meant = (
                    f"Did you mean {close[0]!r}?" if close else f"It has: {', '.join(qualified)}"
                )
                raise ApiValueError(
                    f"columns: LaunchDarkly's export has no column {shown(name)}. {meant}"
                )

    def absent(self, table: str, column: str) -> bool:
        """Whether the user said that a table does not have a column."""
        return self._named(table, column) is None

    def find(self, table: str, column: str, present: Iterable[str]) -> str | None:
        """Find a column among those of a table.

        Warehouses such as Snowflake change the case of names, so a name in another case is found
        if only one column has it.

        Returns:
            The name in the user's table, or None if the table does not have the column.

        Raises:
            ApiValueError: The table lacks a column that the user named.
        """
        present = list(present)
        wanted = self._named(table, column)
        if wanted is None:
            return None
        names = [wanted] if wanted != column else [column, *TABLES[table][column]]
        for name in names:
            alike = [other for other in present if other.lower() == name.lower()]
            if name in present or len(alike) == 1:
                return name if name in present else alike[0]
        if wanted != column:
            given = f"{table}.{column}"
            given = given if given in self._replaced else column
            raise _missing(table, wanted, present, f"Correct columns[{given!r}]")
        return None

    def require(self, table: str, column: str, present: Iterable[str]) -> str | None:
        """Find a column like ``find``, and return None only if the user said that it is absent.

        Raises:
            ApiValueError: The table does not have the column.
        """
        present = list(present)
        name = self.find(table, column, present)
        if name is None and not self.absent(table, column):
            raise _missing(
                table, column, present, f"Name it with columns={{'{table}.{column}': ...}}"
            )
        return name

    def _named(self, table: str, column: str) -> str | None:
        return self._replaced.get(f"{table}.{column}", self._replaced.get(column, column))


def _checked(replaced: Any) -> dict[str, str | None]:
    if replaced is None:
        return {}
    if not isinstance(replaced, Mapping):
        raise ApiTypeError(
            "columns must map names of LaunchDarkly's schema to those of your tables, such as"
            f" {{'context_key': 'user_id'}}, not {shown(replaced)}"
        )
    for column, name in replaced.items():
        if name is not None and not isinstance(name, str):
            raise ApiTypeError(
                f"columns[{shown(column)}] must be the name of a column or None, not {shown(name)}"
            )
    return dict(replaced)


def _missing(table: str, name: str, present: Iterable[str], remedy: str) -> ApiValueError:
    return ApiValueError(
        f"{table} has no column {name!r}; it has {', '.join(present) or 'none'}. {remedy}"
    )
