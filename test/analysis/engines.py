"""Exported events with every oddity, the counts that they have, and the engines that hold them."""

from __future__ import annotations

import datetime
import importlib
import importlib.util
import json
import math
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from launchdarkly_api.analysis import Arm, ArmCounts, EventMetric
from launchdarkly_api.models import (
    Experiment,
    IterationRep,
    MetricV2Rep,
    ParameterRep,
    TreatmentRep,
)

Row = dict[str, Any]

UTC = datetime.timezone.utc
FLAG, ITERATION, ENVIRONMENT = "checkout-button", "iteration-2", "environment-1"
VARIATIONS = {"control": "variation-a", "larger": "variation-b", "blue": "variation-c"}
#: The period of the iteration, across a change to winter time in Europe.
START = datetime.datetime(2026, 10, 20, 22, 15, tzinfo=UTC)
END = datetime.datetime(2026, 10, 27, 1, 30, tzinfo=UTC)

SIGNUP = EventMetric("signup")
CLICKS = EventMetric("clicks", event_key="click", aggregation="sum")
REVENUE = EventMetric("revenue", event_key="purchase", numeric=True)
TOTAL = EventMetric("spent", event_key="purchase", numeric=True, aggregation="sum")
PRODUCTS = EventMetric("products", event_key="purchase", aggregation="count_distinct")
METRICS = [SIGNUP, CLICKS, REVENUE, TOTAL, PRODUCTS]

KINDS: dict[str, dict[str, str]] = {
    "evaluation_events": {
        "event_id": "string",
        "flag_key": "string",
        "context_key": "string",
        "context_kind": "string",
        "context_attributes": "string",
        "variation_id": "string",
        "experiment_iteration_id": "string",
        "received_time": "time",
        "environment_id": "string",
    },
    "metric_events": {
        "event_id": "string",
        "event_key": "string",
        "context_key": "string",
        "context_kind": "string",
        "event_value": "number",
        "received_time": "time",
        "environment_id": "string",
    },
}


@dataclass
class Events:
    """The rows of the two tables."""

    evaluations: list[Row] = field(default_factory=list)
    metrics: list[Row] = field(default_factory=list)

    def expose(self, unit: str, treatment: str, at: datetime.datetime, **other: Any) -> None:
        row = {
            "event_id": f"e{len(self.evaluations)}",
            "flag_key": FLAG,
            "context_key": unit,
            "context_kind": "user",
            "context_attributes": json.dumps({"plan": "free"}),
            "variation_id": VARIATIONS.get(treatment, treatment),
            "experiment_iteration_id": ITERATION,
            "received_time": at,
            "environment_id": ENVIRONMENT,
        }
        self.evaluations.append({**row, **other})

    def send(
        self, unit: str, key: str, at: datetime.datetime, value: float | None = None, **other: Any
    ) -> None:
        row = {
            "event_id": f"m{len(self.metrics)}",
            "event_key": key,
            "context_key": unit,
            "context_kind": "user",
            "event_value": value,
            "received_time": at,
            "environment_id": ENVIRONMENT,
        }
        self.metrics.append({**row, **other})


def experiment(**iteration: Any) -> Experiment:
    """The experiment of the events, as the service of today returns it."""
    treatments = [
        TreatmentRep(
            name=name,
            allocation_percent="33.33",
            id=f"id-{name}",
            baseline=name == "control",
            parameters=[ParameterRep(flag_key=FLAG, variation_id=variation)],
        )
        for name, variation in VARIATIONS.items()
    ]
    current: dict[str, Any] = {
        "hypothesis": "A larger button sells more",
        "status": "stopped",
        "created_at": _milliseconds(START),
        "id": ITERATION,
        "started_at": _milliseconds(START),
        "ended_at": _milliseconds(END),
        "randomization_unit": "user",
        "treatments": treatments,
        "primary_metric": MetricV2Rep(key="signup", name="Signed up", kind="click", links={}),
    }
    return Experiment(
        key="checkout",
        name="Checkout",
        maintainer_id="member",
        creation_date=_milliseconds(START),
        links={},
        current_iteration=IterationRep(**{**current, **iteration}),
    )


def _milliseconds(at: datetime.datetime) -> int:
    return round(at.timestamp() * 1000)


def odd_events(units: int = 300, seed: int = 1) -> Events:
    """Units of three treatments, with everything that must not count among them."""
    rng = random.Random(seed)
    events = Events()

    def time(first: datetime.datetime = START, last: datetime.datetime = END) -> Any:
        return first + datetime.timedelta(
            microseconds=rng.randrange(int((last - first) / datetime.timedelta(microseconds=1)))
        )

    for number in range(units):
        unit = f"unit-{number}"
        treatment = rng.choice(list(VARIATIONS))
        attributes = rng.choice(
            (
                '{"plan": "free"}',
                '{"plan": "Größe \\"L\\""}',
                '{"plan": 3}',
                '{"plan": true}',
                '{"plan": null}',
                '{"country": "fr"}',
                None,
            )
        )
        first = time()
        events.expose(unit, treatment, first, context_attributes=attributes)
        for _ in range(rng.randrange(3)):
            events.expose(unit, treatment, time(first), context_attributes='{"plan": "later"}')
        if rng.random() < 0.1:
            other = rng.choice([name for name in VARIATIONS if name != treatment])
            events.expose(unit, other, time(first))
        for key in rng.choices(["signup", "click", "purchase", "unrelated"], k=rng.randrange(6)):
            value = rng.choice([None, math.nan, -2.5, 10.0, 10.0, rng.uniform(0, 500)])
            at = time(START - datetime.timedelta(days=1), END + datetime.timedelta(days=1))
            events.send(unit, key, at, value)
            if rng.random() < 0.2:
                # Exported twice.
                events.metrics.append(dict(events.metrics[-1]))
            if rng.random() < 0.2:
                events.send(unit, key, at, value, event_id=None)
        if rng.random() < 0.2:
            # The same event for another context, another environment, and the same moment.
            events.send(unit, "signup", first, context_kind="device")
            events.send(unit, "purchase", time(first), 1e6, environment_id="environment-2")
            events.send(unit, "purchase", first, 7.0)
    events.expose("early", "control", START - datetime.timedelta(days=30))
    events.expose("late", "control", END)
    events.expose("elsewhere", "control", time(), experiment_iteration_id="iteration-1")
    events.expose("device-1", "control", time(), context_kind="device")
    events.expose("outside", "variation-x", time())
    for unit in ("outside", "elsewhere", "device-1", "late", "never"):
        events.send(unit, "signup", END - datetime.timedelta(seconds=1))
    events.evaluations.append(events.evaluations[-1] | {"variation_id": None})
    events.evaluations.append(events.evaluations[-2] | {"context_key": None})
    rng.shuffle(events.evaluations)
    rng.shuffle(events.metrics)
    return events


@dataclass
class Expected:
    """The counts of one treatment, computed row by row."""

    exposed: int = 0
    values: list[float] = field(default_factory=list)

    def arm(self, metric: EventMetric) -> Arm:
        if metric.counts_conversions:
            return Arm(units=self.exposed, conversions=len(self.values))
        exclude = metric.missing == "exclude" or (metric.missing is None and metric == REVENUE)
        return Arm(
            units=len(self.values) if exclude else self.exposed,
            total=math.fsum(self.values),
            total_of_squares=math.fsum(value * value for value in self.values),
        )


def expected(
    events: Events,
    metric: EventMetric,
    *,
    until: datetime.datetime = END,
    plan: str | object | None = ...,
) -> tuple[dict[str, Arm], int]:
    """The arms and the number of crossovers, as the definitions say, without any engine."""
    exposures: dict[str, list[Row]] = {}
    for row in events.evaluations:
        belongs = row["context_kind"] == "user" and row["experiment_iteration_id"] == ITERATION
        known = row["context_key"] is not None and row["variation_id"] is not None
        if belongs and known and row["received_time"] < END:
            exposures.setdefault(str(row["context_key"]), []).append(row)
    arms = {f"id-{name}": Expected() for name in VARIATIONS}
    crossovers = 0
    for unit, rows in exposures.items():
        first = min(rows, key=lambda row: row["received_time"])
        if first["received_time"] >= until or plan not in (..., _plan(first)):
            continue
        names = {row["variation_id"] for row in rows}
        if len(names) > 1:
            crossovers += 1
            continue
        treatment = next((n for n, v in VARIATIONS.items() if {v} == names), None)
        if treatment is None:
            continue
        arm = arms[f"id-{treatment}"]
        arm.exposed += 1
        value = _value(events, metric, unit, first["received_time"], until)
        if value is not None:
            arm.values.append(value)
    return {name: arm.arm(metric) for name, arm in arms.items()}, crossovers


def _plan(row: Row) -> str | None:
    attributes = json.loads(row["context_attributes"] or "{}")
    value = attributes.get("plan")
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _value(
    events: Events,
    metric: EventMetric,
    unit: str,
    first: datetime.datetime,
    until: datetime.datetime,
) -> float | None:
    """The value of a unit, or None without events."""
    found: dict[Any, float | None] = {}
    for row in events.metrics:
        mine = (row["context_key"], row["event_key"]) == (unit, metric.event)
        here = row["context_kind"] == "user" and row["environment_id"] == ENVIRONMENT
        if mine and here and first <= row["received_time"] < until:
            found[row["event_id"] or row["received_time"]] = row["event_value"]
    values = [value for value in found.values() if value is not None and not math.isnan(value)]
    if metric.aggregation == "count_distinct":
        return float(len(set(values))) if values else None
    if not metric.numeric:
        return float(len(found)) if found else None
    if not values:
        return None
    return math.fsum(values) / (len(values) if metric.aggregation == "average" else 1)


def agree(counts: ArmCounts, arms: dict[str, Arm]) -> None:
    """Check that counts are equal, and sums but for the order in which floats were added."""
    assert list(counts) == list(arms)
    for name, arm in arms.items():
        assert (counts[name].units, counts[name].conversions) == (arm.units, arm.conversions)
        for mine, theirs in (
            (counts[name].total, arm.total),
            (counts[name].total_of_squares, arm.total_of_squares),
        ):
            if theirs is None:
                assert mine is None
            else:
                assert float(mine or 0) == pytest.approx(float(theirs), rel=1e-12, abs=1e-6)


# The engines.


def pandas_frame(rows: list[Row], kinds: dict[str, str], _: Path) -> Any:
    import pandas

    frame = pandas.DataFrame(rows, columns=list(kinds))
    for name, kind in kinds.items():
        if kind == "time":
            frame[name] = pandas.to_datetime(frame[name], utc=True)
        elif kind == "number":
            frame[name] = frame[name].astype("float64")
        else:
            frame[name] = frame[name].astype("str" if pandas.__version__ >= "3" else "string")
    return frame


def polars_frame(rows: list[Row], kinds: dict[str, str], _: Path) -> Any:
    import polars

    types: dict[str, Any] = {
        "time": polars.Datetime("us", "UTC"),
        "number": polars.Float64,
        "string": polars.String,
    }
    return polars.DataFrame(rows, schema={name: types[kind] for name, kind in kinds.items()})


def polars_lazy(rows: list[Row], kinds: dict[str, str], folder: Path) -> Any:
    return polars_frame(rows, kinds, folder).lazy()


def pyarrow_table(rows: list[Row], kinds: dict[str, str], _: Path) -> Any:
    import pyarrow

    types = {
        "time": pyarrow.timestamp("us", "UTC"),
        "number": pyarrow.float64(),
        "string": pyarrow.string(),
    }
    return pyarrow.Table.from_pylist(
        rows, schema=pyarrow.schema([(name, types[kind]) for name, kind in kinds.items()])
    )


def parquet(rows: list[Row], kinds: dict[str, str], folder: Path) -> str:
    """Write the rows with DuckDB alone."""
    import duckdb

    types = {"time": "TIMESTAMPTZ", "number": "DOUBLE", "string": "VARCHAR"}
    path = folder / f"{len(list(folder.iterdir()))}.parquet"
    connection = duckdb.connect()
    columns = ", ".join(f"{name} {types[kind]}" for name, kind in kinds.items())
    connection.execute(f"CREATE TABLE t ({columns})")
    if rows:
        marks = ", ".join("?" for _ in kinds)
        connection.execute("BEGIN")
        connection.executemany(
            f"INSERT INTO t VALUES ({marks})", [[row.get(name) for name in kinds] for row in rows]
        )
        connection.execute("COMMIT")
    connection.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    return str(path)


def duckdb_relation(rows: list[Row], kinds: dict[str, str], folder: Path) -> Any:
    import duckdb

    # The default connection, in which two relations can be joined.
    return duckdb.read_parquet(parquet(rows, kinds, folder))


def ibis_table(rows: list[Row], kinds: dict[str, str], folder: Path) -> Any:
    import ibis

    global _ibis_connection
    _ibis_connection = _ibis_connection or ibis.duckdb.connect()
    return _ibis_connection.read_parquet(parquet(rows, kinds, folder))


#: Tables of one connection can be joined.
_ibis_connection: Any = None


def spark_frame(rows: list[Row], kinds: dict[str, str], folder: Path) -> Any:
    return spark().read.parquet(parquet(rows, kinds, folder))


def spark() -> Any:
    SparkSession: Any = importlib.import_module("pyspark.sql").SparkSession
    return (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )


Maker = Callable[[list[Row], dict[str, str], Path], Any]

#: The function that makes a table of rows, by the engine's name, and the package it needs.
ENGINES: dict[str, tuple[Maker, str]] = {
    "parquet": (parquet, "duckdb"),
    "duckdb": (duckdb_relation, "duckdb"),
    "pandas": (pandas_frame, "pandas"),
    "polars": (polars_frame, "polars"),
    "polars-lazy": (polars_lazy, "polars"),
    "pyarrow": (pyarrow_table, "pyarrow"),
    "ibis": (ibis_table, "ibis"),
    "pyspark": (spark_frame, "pyspark"),
}


def engines() -> Iterable[Any]:
    """The engines as parameters of a test, without those that are not installed."""
    for name, (_, package) in ENGINES.items():
        missing = importlib.util.find_spec(package) is None
        yield pytest.param(
            name, marks=pytest.mark.skipif(missing, reason=f"{package} is not installed")
        )


def tables(events: Events, engine: str, folder: Path) -> tuple[Any, Any]:
    """The two tables in an engine."""
    make, _ = ENGINES[engine]
    return (
        make(events.evaluations, KINDS["evaluation_events"], folder),
        make(events.metrics, KINDS["metric_events"], folder),
    )
