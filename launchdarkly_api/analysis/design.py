"""The design of an iteration: its arms, its unit and its period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timezone
from typing import Any

import narwhals.stable.v2 as nw

from launchdarkly_api._support.printable import shown
from launchdarkly_api.analysis.columns import ITERATIONS
from launchdarkly_api.analysis.frames import Table, fetch
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError
from launchdarkly_api.models import Experiment, IterationRep, TreatmentRep

#: The context kind of LaunchDarkly if an experiment does not say another.
DEFAULT_UNIT = "user"
#: The fields of an iteration with metrics, in JSON, and the facts about a metric.
METRIC_FIELDS = (
    "primaryMetric",
    "secondaryMetrics",
    "primarySingleMetric",
    "primaryFunnel",
    "metrics",
)
METRIC_FACTS = ("kind", "isNumeric", "eventKey", "unitAggregationType")


@dataclass(frozen=True)
class Treatment:
    """An arm: its id, and the variation of each flag that it serves."""

    id: str
    name: str
    baseline: bool
    share: float | None
    variations: Mapping[str, str]


@dataclass(frozen=True)
class Design:
    """The facts about an iteration that the computation needs.

    Attributes:
        key: The key of the experiment.
        iteration_id: The id of the iteration.
        unit: The context kind by which traffic is split.
        treatments: The arms.
        start: When it started, in epoch milliseconds.
        end: When it ended, in epoch milliseconds, or None if it is running.
        metrics: The service's description of each metric.
    """

    key: str
    iteration_id: str
    unit: str
    treatments: tuple[Treatment, ...]
    start: int | None = None
    end: int | None = None
    metrics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def baseline(self) -> str:
        """The id of the baseline, or of the first treatment if the experiment does not say."""
        named = [treatment.id for treatment in self.treatments if treatment.baseline]
        return (named or [self.treatments[0].id])[0]

    def flag(self, given: str | None) -> str:
        """The flag whose variations tell the treatments apart.

        Raises:
            ApiValueError: No flag does, or not the given one.
        """
        flags = list(dict.fromkeys(flag for t in self.treatments for flag in t.variations))
        if given is not None and given not in flags:
            raise ApiValueError(
                f"flag_key: experiment {self.key!r} does not use flag {given!r}; it uses"
                f" {', '.join(flags)}"
            )
        for flag in flags if given is None else [given]:
            served = [treatment.variations.get(flag) for treatment in self.treatments]
            if None not in served and len(set(served)) == len(served):
                return flag
        raise ApiValueError(
            f"experiment {self.key!r}: no flag serves another variation to each treatment, so that"
            " exposures do not tell the treatments apart"
        )


def design_of_model(experiment: Experiment, iteration: str | IterationRep | None) -> Design:
    """The design of an iteration of an experiment that the API returned.

    Raises:
        ApiValueError: The experiment has no such iteration, or the response lacks its treatments.
    """
    chosen = _iteration(experiment, iteration)
    if not chosen.treatments:
        raise ApiValueError(
            f"experiment {experiment.key!r} has no treatments in this response. Get it with"
            " expand='treatments'"
        )
    if chosen.id is None:
        raise ApiValueError(f"the iteration of experiment {experiment.key!r} has no id")
    return Design(
        key=experiment.key,
        iteration_id=chosen.id,
        unit=chosen.randomization_unit or DEFAULT_UNIT,
        treatments=tuple(map(_treatment, chosen.treatments)),
        start=chosen.started_at,
        end=chosen.ended_at,
        metrics=_metrics(chosen),
    )


def _iteration(experiment: Experiment, iteration: str | IterationRep | None) -> IterationRep:
    if isinstance(iteration, IterationRep):
        return iteration
    current = experiment.current_iteration
    if iteration is None:
        if current is None:
            raise ApiValueError(f"experiment {experiment.key!r} has no iteration")
        return current
    known = [current, *(experiment.previous_iterations or [])]
    for one in known:
        if one is not None and one.id == iteration:
            return one
    ids = ", ".join(str(one.id) for one in known if one is not None)
    raise ApiValueError(
        f"experiment {experiment.key!r} has no iteration {shown(iteration)} in this response; it"
        f" has {ids}. Get it with expand='treatments,previousIterations'"
    )


def _treatment(treatment: TreatmentRep) -> Treatment:
    return Treatment(
        id=treatment.id or treatment.name,
        name=treatment.name,
        baseline=bool(treatment.baseline),
        share=_share(treatment.allocation_percent),
        variations={
            parameter.flag_key or "": parameter.variation_id
            for parameter in treatment.parameters or []
            if parameter.variation_id is not None
        },
    )


def _share(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def _metrics(iteration: IterationRep) -> dict[str, dict[str, Any]]:
    """The response's description of each metric, also in groups, by the names in JSON."""
    found: dict[str, dict[str, Any]] = {}
    pending: list[Any] = [iteration.get(name) for name in METRIC_FIELDS]
    while pending:
        metric = pending.pop()
        if isinstance(metric, list):
            pending.extend(metric)
        elif metric is not None:
            facts = {name: metric.get(name) for name in METRIC_FACTS}
            known = found.setdefault(metric.get("key"), {})
            known.update({name: fact for name, fact in facts.items() if fact is not None})
            pending.append(metric.get("metrics"))
    return found


def design_of_tables(
    key: str, iterations: Table, parameters: Table, iteration: str | None
) -> Design:
    """The design of an iteration from the tables of the export.

    Args:
        key: The key of the experiment.
        iterations: The table ``experiment_iterations``.
        parameters: The table ``experiment_arm_parameters``.
        iteration: The id of the iteration. The default is the one that started last.

    Raises:
        ApiValueError: The tables do not have the experiment, the iteration or its arms.
    """
    rows = _rows(
        iterations,
        {"experiment_iteration_id": True, "experiment_key": True, "started_at": True}
        | {"ended_at": False, "randomization_unit": False},
        "experiment_key",
        key,
    )
    if not rows:
        raise ApiValueError(
            f"{ITERATIONS} has no experiment {key!r}. Correct the key, or pass the Experiment"
        )
    started = [row for row in rows if row["started_at"] is not None]
    if iteration is not None:
        rows = [row for row in rows if row["experiment_iteration_id"] == iteration]
    elif started:
        rows = [max(started, key=lambda row: row["started_at"])]
    if not rows:
        raise ApiValueError(f"{ITERATIONS}: experiment {key!r} has no iteration {iteration!r}")
    row = rows[-1]
    return Design(
        key=key,
        iteration_id=row["experiment_iteration_id"],
        unit=row["randomization_unit"] or DEFAULT_UNIT,
        treatments=_arms(parameters, row["experiment_iteration_id"]),
        start=_milliseconds(row["started_at"]),
        end=_milliseconds(row["ended_at"]),
    )


def _arms(parameters: Table, iteration_id: str) -> tuple[Treatment, ...]:
    rows = _rows(
        parameters,
        {"experiment_iteration_id": True, "arm_id": True, "variation_id": True, "flag_key": True}
        | {"arm_name": False, "is_control": False, "allocation_percent": False},
        "experiment_iteration_id",
        iteration_id,
    )
    if not rows:
        raise ApiValueError(
            f"{parameters.name} has no arms of iteration {iteration_id!r}. Export it again"
        )
    by_id: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_id.setdefault(row["arm_id"], []).append(row)
    arms = (
        Treatment(
            id=arm_id,
            name=of_arm[0]["arm_name"] or arm_id,
            baseline=bool(of_arm[0]["is_control"]),
            share=_share(of_arm[0]["allocation_percent"]),
            variations={row["flag_key"]: row["variation_id"] for row in of_arm},
        )
        for arm_id, of_arm in by_id.items()
    )
    # Rows of a table have no order.
    return tuple(sorted(arms, key=lambda arm: (not arm.baseline, arm.name, arm.id)))


def _rows(
    table: Table, columns: Mapping[str, bool], by: str, value: str
) -> Sequence[dict[str, Any]]:
    """The rows with a value, by the names of LaunchDarkly's columns."""
    names = {
        column: table.require(column) if required else table.find(column)
        for column, required in columns.items()
    }
    present = {column: name for column, name in names.items() if name is not None}
    if by not in present:
        raise ApiTypeError(f"columns: {table.name}.{by} is required and cannot be None")
    chosen = table.frame.filter(table.text(present[by]) == value).select(
        **{column: nw.col(name) for column, name in present.items()}
    )
    return [dict.fromkeys(columns) | row for row in fetch(chosen)]


def _milliseconds(time: Any) -> int | None:
    """The epoch milliseconds of a time. The export's times are in UTC."""
    if isinstance(time, int):
        return time
    if time is None or time != time:
        return None
    zoned = time if time.tzinfo else time.replace(tzinfo=timezone.utc)
    return round(float(zoned.timestamp()) * 1000)
