"""Counts from exported events: which events count, and where the arms come from."""

from __future__ import annotations

import datetime
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tqdm import tqdm as tqdm_of_text  # type: ignore[import-untyped,unused-ignore]

from launchdarkly_api.analysis import (
    Arm,
    ArmCounts,
    DataExport,
    EventMetric,
    FrequentistResults,
    arms_from_events,
    progress,
    results_from_export,
)
from launchdarkly_api.analysis import progress_bar as support
from launchdarkly_api.analysis.frames import connect
from launchdarkly_api.analysis.progress import watched
from launchdarkly_api.models import (
    ExperimentBayesianResultsRep,
    IterationRep,
    MetricV2Rep,
    ParameterRep,
    TreatmentRep,
)
from test.analysis.engines import (
    CLICKS,
    END,
    ITERATION,
    PRODUCTS,
    REVENUE,
    SIGNUP,
    START,
    TOTAL,
    Events,
    experiment,
    parquet,
    polars_frame,
    tables,
)

HOUR = datetime.timedelta(hours=1)
NOON = datetime.datetime(2026, 10, 21, 12, tzinfo=datetime.timezone.utc)

Count = Callable[..., ArmCounts]


@pytest.fixture
def events() -> Events:
    """One unit of each treatment, without events."""
    found = Events()
    found.expose("ada", "control", NOON)
    found.expose("bob", "larger", NOON)
    found.expose("eve", "blue", NOON)
    return found


@pytest.fixture
def count(events: Events, tmp_path: Path) -> Count:
    """Count the events, with some of another unit so that none are missing."""
    events.send("bob", "signup", NOON)
    events.send("bob", "purchase", NOON, 1.0)

    def counted(metric: Any = SIGNUP, **options: Any) -> Any:
        return arms_from_events(
            *tables(events, "polars", tmp_path), experiment(), metric, **options
        )

    return counted


def conversions(counts: ArmCounts) -> list[int | None]:
    return [arm.conversions for arm in counts.values()]


def totals(counts: ArmCounts) -> list[tuple[int, float]]:
    return [(arm.units, float(arm.total or 0)) for arm in counts.values()]


def test_an_event_before_the_first_exposure_does_not_count(events: Events, count: Count) -> None:
    events.send("ada", "signup", NOON - HOUR / 60)
    assert conversions(count()) == [0, 1, 0]
    events.send("ada", "signup", NOON)
    assert conversions(count()) == [1, 1, 0]


def test_a_unit_counts_from_its_first_exposure(events: Events, count: Count) -> None:
    events.send("ada", "signup", NOON)
    events.expose("ada", "control", NOON + HOUR)
    assert conversions(count()) == [1, 1, 0]
    assert count().exposed == {"id-control": 1, "id-larger": 1, "id-blue": 1}


def test_an_event_at_the_end_of_the_iteration_or_later_does_not_count(
    events: Events, count: Count
) -> None:
    events.send("ada", "signup", END)
    assert conversions(count()) == [0, 1, 0]
    assert conversions(count(end=END + HOUR)) == [1, 1, 0]
    events.send("ada", "signup", END - HOUR)
    assert conversions(count()) == [1, 1, 0]


def test_a_window_leaves_out_exposures(events: Events, count: Count) -> None:
    assert conversions(count(start=round(NOON.timestamp()) * 1000)) == [0, 1, 0]
    events.expose("ada", "control", NOON + HOUR)
    events.send("ada", "signup", NOON + HOUR)
    late = count(start=NOON + HOUR / 2)
    assert list(late.exposed.values()) == [1, 0, 0]
    assert late.first_exposure == NOON + HOUR


def test_a_crossover_is_counted_apart_and_left_out(events: Events, count: Count) -> None:
    events.expose("bob", "blue", NOON + HOUR)
    events.send("eve", "signup", NOON)
    counts = count()
    assert counts.crossovers == 1
    assert conversions(counts) == [0, 0, 1]
    assert list(counts.exposed.values()) == [1, 0, 1]
    assert "1 units that saw more than one variation (33.33%)" in str(counts)


def test_a_second_variation_of_no_treatment_makes_a_crossover(events: Events, count: Count) -> None:
    events.expose("bob", "variation-x", NOON + HOUR)
    events.expose("zoe", "variation-x", NOON + HOUR)
    events.send("ada", "signup", NOON)
    counts = count()
    assert (counts.crossovers, counts.unassigned) == (1, 1)
    assert "1 units with a variation of no treatment" in str(counts)


def test_no_events_at_all_are_a_warning(events: Events, tmp_path: Path) -> None:
    frames = tables(events, "polars", tmp_path)
    with pytest.warns(UserWarning, match="no event 'signup' of an exposed unit"):
        counts = arms_from_events(*frames, experiment(), SIGNUP)
    assert (conversions(counts), counts.last_event) == ([0, 0, 0], None)


def test_each_metric_has_the_time_of_its_last_event(events: Events, count: Count) -> None:
    events.send("ada", "purchase", NOON + HOUR, 3.0)
    counts: Any = count([SIGNUP, REVENUE])
    assert counts["signup"].last_event == NOON
    assert counts["revenue"].last_event == NOON + HOUR


def test_a_repeated_event_is_one_conversion(events: Events, count: Count) -> None:
    for hours in range(3):
        events.send("ada", "signup", NOON + hours * HOUR)
    assert conversions(count()) == [1, 1, 0]


def test_the_values_of_a_unit_are_averaged_or_added(events: Events, count: Count) -> None:
    for value in (10.0, 20.0, 20.0, None, float("nan")):
        events.send("ada", "purchase", NOON + HOUR, value)
    assert totals(count(REVENUE)) == [(1, pytest.approx(50 / 3)), (1, 1.0), (0, 0.0)]
    assert totals(count(TOTAL)) == [(1, 50.0), (1, 1.0), (1, 0.0)]
    assert totals(count(PRODUCTS)) == [(1, 2.0), (1, 1.0), (1, 0.0)]


def test_a_unit_without_events_is_zero_or_left_out(events: Events, count: Count) -> None:
    zero = EventMetric("revenue", "purchase", numeric=True, missing="zero")
    assert totals(count(zero)) == [(1, 0.0), (1, 1.0), (1, 0.0)]
    left_out = EventMetric("revenue", "purchase", True, "sum", missing="exclude")
    counts = count(left_out)
    assert totals(counts) == [(0, 0.0), (1, 1.0), (0, 0.0)]
    assert list(counts.exposed.values()) == [1, 1, 1]


def test_an_event_that_was_exported_twice_counts_once(events: Events, count: Count) -> None:
    events.send("ada", "purchase", NOON + HOUR, 5.0)
    events.metrics.append(dict(events.metrics[-1]))
    assert totals(count(TOTAL))[0] == (1, 5.0)
    assert totals(count(TOTAL, deduplicate=False))[0] == (1, 10.0)
    # Without an id, events are told apart by their time.
    events.send("ada", "purchase", NOON + 2 * HOUR, 5.0, event_id=None)
    events.send("ada", "purchase", NOON + 3 * HOUR, 5.0, event_id=None)
    assert totals(count(TOTAL))[0] == (1, 15.0)


def test_the_events_of_a_unit_can_be_counted(events: Events, count: Count) -> None:
    events.send("ada", "click", NOON)
    events.send("ada", "click", NOON + HOUR)
    assert totals(count(CLICKS)) == [(1, 2.0), (1, 0.0), (1, 0.0)]


def test_units_of_another_context_kind_are_ignored(events: Events, count: Count) -> None:
    events.expose("ada", "blue", NOON, context_kind="device")
    events.send("ada", "signup", NOON, context_kind="device")
    counts = count()
    assert conversions(counts) == [0, 1, 0]
    assert counts.crossovers == 0
    events.send("ada", "signup", NOON, context_kind="device")
    assert list(count(context_kind="device").exposed.values()) == [0, 0, 1]


def test_events_of_another_environment_are_ignored(events: Events, count: Count) -> None:
    events.send("ada", "signup", NOON, environment_id="environment-2")
    assert conversions(count()) == [0, 1, 0]
    assert conversions(count(columns={"environment_id": None})) == [1, 1, 0]
    with pytest.raises(ValueError, match="no exposures"):
        count(environment_id="environment-2")


def test_several_metrics_are_counted_in_one_pass(events: Events, count: Count) -> None:
    counts: Any = count([SIGNUP, REVENUE, TOTAL])
    assert list(counts) == ["signup", "revenue", "spent"]
    assert conversions(counts["signup"]) == [0, 1, 0]
    assert totals(counts["spent"]) == [(1, 0.0), (1, 1.0), (1, 0.0)]


def test_counts_are_a_mapping_and_tell_of_themselves(count: Count) -> None:
    counts = count(REVENUE)
    assert len(counts) == 3
    assert counts["id-larger"] == Arm(units=1, total=1.0, total_of_squares=1.0)
    assert counts.baseline == "id-control"
    assert counts.last_event == counts.last_exposure == NOON
    assert str(counts).splitlines() == [
        "revenue: 3 units",
        "  control, baseline: 1 units, total 0.00 of 0 units",
        "  larger: 1 units, total 1.00 of 1 units",
        "  blue: 1 units, total 0.00 of 0 units",
    ]


# Results.


@pytest.fixture
def export(tmp_path: Path) -> DataExport:
    """An experiment whose larger button sells more, in a plan and by day."""
    found = Events()
    for number in range(600):
        treatment = ("control", "larger", "blue")[number % 3]
        plan = "pro" if number % 5 == 0 else "free"
        at = NOON + HOUR * (number % 48)
        found.expose(f"u{number}", treatment, at, context_attributes=f'{{"plan": "{plan}"}}')
        if number % (4 if treatment == "larger" else 7) == 0:
            found.send(f"u{number}", "signup", at + HOUR)
            found.send(f"u{number}", "purchase", at + HOUR, 10.0 + number % 11)
    return DataExport(*tables(found, "polars", tmp_path), experiment())


def test_results_are_those_that_the_experiment_asks_for(export: DataExport) -> None:
    outcome = export.results(SIGNUP)["signup"]
    assert isinstance(outcome.results, ExperimentBayesianResultsRep)
    best = {arm.treatment_name: arm.p_best for arm in outcome.results.treatment_results or []}
    assert max(best, key=lambda name: best[name] or 0) == "larger"
    assert outcome.mismatch is not None
    assert outcome.results.probability_of_mismatch == outcome.mismatch.probability < 0.5
    assert outcome.crossovers == 0
    assert export.treatments == outcome.arms.names
    assert str(outcome) == str(outcome.arms)


def test_results_can_be_frequentist(export: DataExport) -> None:
    outcome = export.results(SIGNUP, methodology="frequentist")["signup"]
    assert isinstance(outcome.results, FrequentistResults)
    lifts = {each.treatment_id: each.lift for each in outcome.results.comparisons}
    assert list(lifts) == ["id-larger", "id-blue"]
    assert (lifts["id-larger"] or 0) > 0.5


def test_the_direction_of_a_metric_is_respected(export: DataExport) -> None:
    metric = EventMetric("signup", lower_is_better=True)
    results = export.results(metric)["signup"].results
    assert isinstance(results, ExperimentBayesianResultsRep)
    best = {arm.treatment_name: arm.p_best or 0 for arm in results.treatment_results or []}
    assert min(best, key=lambda name: best[name]) == "larger"


def test_results_by_segment_add_up(export: DataExport) -> None:
    segments = export.results_by_segment(SIGNUP, "plan")
    assert list(segments) == ["free", "pro"]
    whole = export.arms(SIGNUP)["signup"]
    for treatment_id, arm in whole.items():
        assert sum(each.arms[treatment_id].units for each in segments.values()) == arm.units


def test_a_segment_can_be_a_column(events: Events, tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    evaluations, metrics = tables(events, "polars", tmp_path)
    evaluations = evaluations.with_columns(country=polars.lit("fr"))
    segments = DataExport(evaluations, metrics, experiment()).arms_by_segment(SIGNUP, "country")
    assert {key: len(counts) for key, counts in segments.items()} == {"fr": 3}


def test_the_last_day_has_the_results_of_the_whole(export: DataExport) -> None:
    days = export.results_by_day(SIGNUP, time_zone="America/New_York")
    assert list(days) == [datetime.date(2026, 10, day) for day in (21, 22, 23)]
    units = [sum(outcome.arms.exposed.values()) for outcome in days.values()]
    assert units == sorted(units)
    assert dict(days[max(days)].arms) == dict(export.arms(SIGNUP)["signup"])


def test_a_day_without_traffic_has_the_counts_of_the_day_before(
    events: Events, count: Count, tmp_path: Path
) -> None:
    events.expose("zoe", "blue", NOON + 48 * HOUR)
    days = DataExport(*tables(events, "polars", tmp_path), experiment()).arms_by_day(SIGNUP)
    assert [sum(counts.exposed.values()) for counts in days.values()] == [3, 3, 4]


# The experiment.


def test_an_earlier_iteration_can_be_chosen(events: Events, tmp_path: Path) -> None:
    events.expose("zoe", "blue", NOON, experiment_iteration_id="iteration-1")
    events.send("zoe", "signup", NOON)
    current = experiment().current_iteration
    assert current is not None
    fields: dict[str, Any] = {**_fields(current), "id": "iteration-1"}
    earlier = IterationRep(**fields)
    whole = experiment()
    whole.previous_iterations = [earlier]
    frames = tables(events, "polars", tmp_path)
    for chosen in ("iteration-1", earlier):
        outcome = results_from_export(*frames, whole, SIGNUP, iteration=chosen)
        assert list(outcome.arms.exposed.values()) == [0, 0, 1]


def _fields(iteration: IterationRep) -> Any:
    names = ("hypothesis", "status", "created_at", "treatments", "randomization_unit")
    return {name: getattr(iteration, name) for name in names}


def test_a_metric_of_the_experiment_says_what_it_measures(events: Events, tmp_path: Path) -> None:
    events.send("ada", "purchase", NOON, 5.0)
    events.send("ada", "purchase", NOON + HOUR, 6.0)
    paid = MetricV2Rep(
        key="paid", name="Paid", kind="custom", links={}, is_numeric=True, event_key="purchase"
    )
    paid.unit_aggregation_type = "sum"
    frames = tables(events, "polars", tmp_path)
    counts = arms_from_events(*frames, experiment(secondary_metrics=[paid]), "paid")
    assert totals(counts) == [(1, 11.0), (1, 0.0), (1, 0.0)]
    assert arms_from_events(*frames, experiment(primary_metric=paid), ["paid"]) == {"paid": counts}


def test_several_flags_are_told_apart(events: Events, tmp_path: Path) -> None:
    treatments = [
        TreatmentRep(
            name=name,
            allocation_percent="50",
            id=f"id-{name}",
            parameters=[
                ParameterRep(flag_key="same", variation_id="variation-s"),
                ParameterRep(flag_key="checkout-button", variation_id=variation),
            ],
        )
        for name, variation in (("control", "variation-a"), ("larger", "variation-b"))
    ]
    for unit in ("ada", "bob"):
        events.expose(unit, "variation-s", NOON, flag_key="same")
    events.send("ada", "signup", NOON)
    whole = experiment(treatments=treatments)
    frames = tables(events, "polars", tmp_path)
    counts = arms_from_events(*frames, whole, SIGNUP)
    assert (conversions(counts), counts.crossovers, counts.unassigned) == ([1, 0], 0, 1)
    with pytest.raises(ValueError, match="tell the treatments apart"):
        DataExport(*frames, whole, flag_key="same")
    with pytest.raises(ValueError, match="does not use flag 'other'; it uses same, checkout"):
        DataExport(*frames, whole, flag_key="other")


# Tables and their columns.

ITERATIONS = {
    "experiment_iteration_id": "string",
    "experiment_key": "string",
    "started_at": "time",
    "ended_at": "time",
}
ARMS: dict[str, str] = dict.fromkeys(
    ("iteration_id", "arm_id", "arm_name", "flag_key", "variation_id"), "string"
)


def iterations() -> list[dict[str, Any]]:
    return [
        {"experiment_iteration_id": "old", "experiment_key": "checkout", "started_at": NOON - HOUR},
        {
            "experiment_iteration_id": ITERATION,
            "experiment_key": "checkout",
            "started_at": START,
            "ended_at": END,
        },
        {"experiment_iteration_id": "draft", "experiment_key": "checkout"},
        {"experiment_iteration_id": "x", "experiment_key": "x", "started_at": END},
    ]


def arms() -> list[dict[str, Any]]:
    return [
        {
            "iteration_id": ITERATION,
            "arm_id": f"id-{name}",
            "arm_name": name,
            "flag_key": "checkout-button",
            "variation_id": variation,
        }
        for name, variation in (("a", "variation-a"), ("b", "variation-b"), ("c", "variation-c"))
    ]


def test_arms_come_from_the_tables_of_the_export(events: Events, tmp_path: Path) -> None:
    events.send("ada", "signup", NOON)
    events.send("bob", "signup", END)
    makers: list[Callable[..., Any]] = [polars_frame, parquet]
    for make in makers:
        described: Any = {
            "experiment_iterations": make(iterations(), ITERATIONS, tmp_path),
            "experiment_arm_parameters": make(arms(), ARMS, tmp_path),
        }
        frames = tables(events, "polars", tmp_path)
        chosen: list[Any] = [ITERATION, IterationRep("", "", 0, id=ITERATION)]
        for one in chosen:
            described["iteration"] = one
            outcome = results_from_export(*frames, "checkout", SIGNUP, **described)
            assert conversions(outcome.arms) == [1, 0, 0]
            assert outcome.mismatch is None
            assert outcome.arms.names == {"id-a": "a", "id-b": "b", "id-c": "c"}
        both = results_from_export(
            *frames,
            "checkout",
            [SIGNUP],
            methodology="frequentist",
            **described,
        )
        assert isinstance(both["signup"].results, FrequentistResults)


def test_the_iteration_that_started_last_is_the_default(events: Events, tmp_path: Path) -> None:
    frames = tables(events, "polars", tmp_path)
    parameters = [row | {"iteration_id": "old"} for row in arms()]
    events.expose("zoe", "blue", NOON, experiment_iteration_id="old")
    events.send("zoe", "signup", NOON)
    frames = tables(events, "polars", tmp_path)
    counts = arms_from_events(
        *frames,
        "checkout",
        SIGNUP,
        experiment_iterations=polars_frame(iterations(), ITERATIONS, tmp_path),
        experiment_arm_parameters=polars_frame(parameters, ARMS, tmp_path),
    )
    assert conversions(counts) == [0, 0, 1]


def test_columns_may_have_other_names_and_case(events: Events, tmp_path: Path) -> None:
    evaluations, metrics = tables(events, "polars", tmp_path)
    events.send("ada", "signup", NOON)
    evaluations, metrics = tables(events, "polars", tmp_path)
    evaluations = evaluations.rename({"context_key": "user_id"}).rename(str.upper)
    metrics = metrics.rename({"context_key": "user_id", "event_key": "event"})
    columns: dict[str, str | None] = {"context_key": "user_id", "metric_events.event_key": "event"}
    counts = arms_from_events(evaluations, metrics, experiment(), SIGNUP, columns=columns)
    assert conversions(counts) == [1, 0, 0]


def test_tables_of_ones_own_need_a_unit_a_time_and_a_variation(tmp_path: Path) -> None:
    """Assignments without iterations are chosen by the period of the iteration."""
    columns: dict[str, str | None] = {
        "experiment_iteration_id": None,
        "context_kind": None,
        "environment_id": None,
        "event_id": None,
    }
    assignments = [
        {"flag_key": "checkout-button", "context_key": 7, "variation_id": name, "received_time": at}
        for name, at in (("variation-a", NOON), ("variation-b", START - HOUR))
    ]
    purchases = [{"context_key": "7", "event_key": "purchase", "value": 3, "received_time": NOON}]
    polars = pytest.importorskip("polars")
    counts = arms_from_events(
        polars.DataFrame(assignments),
        polars.DataFrame(purchases),
        experiment(),
        TOTAL,
        columns=columns,
    )
    assert totals(counts) == [(1, 3.0), (0, 0.0), (0, 0.0)]


# Time zones.


def test_times_in_other_zones_are_the_same_moments(events: Events, tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    events.send("ada", "signup", NOON)
    events.send("eve", "signup", NOON - HOUR)
    evaluations, metrics = tables(events, "polars", tmp_path)
    time = polars.col("received_time")
    for zone, unit in (("Asia/Kathmandu", "ns"), ("America/St_Johns", "ms")):
        local = metrics.with_columns(time.dt.convert_time_zone(zone).dt.cast_time_unit(unit))
        assert conversions(arms_from_events(evaluations, local, experiment(), SIGNUP)) == [1, 0, 0]
    frames = (evaluations, metrics)
    naive = [frame.with_columns(time.dt.replace_time_zone(None)) for frame in frames]
    counts = arms_from_events(naive[0], naive[1], experiment(), SIGNUP)
    assert (conversions(counts), counts.first_exposure) == ([1, 0, 0], NOON)
    whole = [frame.with_columns(time.dt.epoch("ms")) for frame in frames]
    counts = arms_from_events(whole[0], whole[1], experiment(), SIGNUP)
    assert (conversions(counts), counts.first_exposure) == ([1, 0, 0], NOON)
    days = DataExport(whole[0], whole[1], experiment()).arms_by_day(SIGNUP, time_zone="Asia/Tokyo")
    assert list(days) == [datetime.date(2026, 10, 21)]


# Files.


def test_files_are_read_by_duckdb(events: Events, tmp_path: Path) -> None:
    events.send("ada", "signup", NOON)
    evaluations, metrics = tables(events, "parquet", tmp_path)
    folder = tmp_path / "metric_events" / "day=1"
    folder.mkdir(parents=True)
    Path(metrics).rename(folder / "part-1.parquet")
    (folder / "_SUCCESS").touch()
    for source in (
        folder / "part-1.parquet",
        folder,
        folder.parent,
        str(folder / "*.parquet"),
        [folder / "part-1.parquet"],
    ):
        assert conversions(arms_from_events(evaluations, source, experiment(), SIGNUP)) == [1, 0, 0]
    duckdb.read_parquet(f"{folder}/*.parquet").write_csv(str(tmp_path / "metrics.csv"))
    for source in (tmp_path / "metrics.csv", str(tmp_path / "*.csv")):
        assert conversions(arms_from_events(evaluations, source, experiment(), SIGNUP)) == [1, 0, 0]


def test_files_join_with_pyarrow_tables(events: Events, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    events.send("ada", "signup", NOON)
    evaluations, _ = tables(events, "parquet", tmp_path)
    _, metrics = tables(events, "pyarrow", tmp_path)
    assert conversions(arms_from_events(evaluations, metrics, experiment(), SIGNUP)) == [1, 0, 0]


# Ibis calls deprecated methods of DuckDB.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("engine", ["polars", "ibis", "pandas"])
def test_attributes_may_be_nested_in_frames(events: Events, tmp_path: Path, engine: str) -> None:
    package = pytest.importorskip(engine)
    evaluations, metrics = tables(events, engine, tmp_path)
    if engine == "polars":
        plans = package.Series([{"plan": "free"}, {"plan": None}, {"plan": "pro"}])
        evaluations = evaluations.with_columns(context_attributes=plans)
    elif engine == "ibis":
        plan = evaluations.variation_id.nullif("variation-b").replace("variation-c", "pro")
        plan = plan.replace("variation-a", "free")
        evaluations = evaluations.mutate(context_attributes=package.struct({"plan": plan}))
    else:
        evaluations["context_attributes"] = [{"plan": "free"}, "{broken", {"plan": "pro"}]
    export = DataExport(evaluations, metrics, experiment())
    assert set(export.arms_by_segment(SIGNUP, "plan")) == {"free", "pro", None}
    if engine == "polars":
        assert list(export.arms_by_segment(SIGNUP, "unknown")) == [None]


@pytest.mark.parametrize("kind", ["JSON", "STRUCT(plan VARCHAR)", "MAP(VARCHAR, VARCHAR)"])
def test_attributes_may_be_json_or_nested(events: Events, tmp_path: Path, kind: str) -> None:
    evaluations, metrics = tables(events, "parquet", tmp_path)
    nested = tmp_path / "nested.parquet"
    attributes = f"context_attributes::JSON::{kind} AS context_attributes"
    duckdb.read_parquet(evaluations).project(f"* REPLACE ({attributes})").write_parquet(str(nested))
    segments = DataExport(nested, metrics, experiment()).arms_by_segment(SIGNUP, "plan")
    assert list(segments) == ["free"]


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_progress_bar_shows_how_far_a_query_is(
    events: Events, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(progress, "DELAY_SECONDS", 0)
    events.send("ada", "signup", NOON)
    frames = tables(events, "parquet", tmp_path)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    arms_from_events(*frames, experiment(), SIGNUP)
    shown = terminal.getvalue()
    assert "Counting" in shown
    # The last that is written erases the bar.
    assert shown.endswith("\r")
    assert not shown.rpartition("\r")[0].rpartition("\r")[2].strip()
    monkeypatch.setattr(sys, "stderr", silent := Terminal())
    arms_from_events(*frames, experiment(), SIGNUP, progress=False)
    assert silent.getvalue() == ""
    monkeypatch.undo()
    monkeypatch.setattr(progress, "DELAY_SECONDS", 0)
    arms_from_events(*frames, experiment(), SIGNUP)
    # A log gets no bar.
    assert capsys.readouterr().err == ""
    monkeypatch.delitem(sys.modules, support.__name__)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert conversions(arms_from_events(*frames, experiment(), SIGNUP)) == [1, 0, 0]


def test_a_progress_bar_follows_the_query(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []

    class Bar(tqdm_of_text):  # type: ignore[misc,unused-ignore]
        def update(self, n: float | None = 1) -> Any:
            steps.append(round(n or 0))
            return super().update(n)

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(progress, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(support, "tqdm", Bar)
    file = str(tmp_path / "many.parquet")
    with connect() as connection:
        connection.sql("SELECT md5(i::VARCHAR) AS x FROM range(1000000) t(i)").write_parquet(file)
        query = connection.sql(f"SELECT count(DISTINCT x) FROM '{file}'")
        assert watched(connection, query.fetchall, progress=True) == [(1_000_000,)]
    assert 0 < sum(steps) <= 100


def test_an_interrupt_ends_the_query(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bar(tqdm_of_text):  # type: ignore[misc,unused-ignore]
        def update(self, n: float | None = 1) -> Any:
            raise KeyboardInterrupt

    monkeypatch.setattr(support, "tqdm", Bar)
    with connect() as connection:
        endless = connection.sql(
            "SELECT sum(a.i * b.i) FROM range(10000000) a(i), range(10000000) b(i)"
        )
        with pytest.raises(KeyboardInterrupt):
            watched(connection, endless.fetchall, progress=True)


def test_an_error_of_a_query_is_raised(tmp_path: Path) -> None:
    with connect() as connection:
        broken = connection.sql("SELECT error('no')")
        with pytest.raises(duckdb.Error, match="no"):
            watched(connection, broken.fetchall, progress=True)


def test_a_notebook_without_widgets_has_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(support, "tqdm", lambda **_: pytest.fail("there is a bar"))
    with connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        assert watched(connection, connection.sql("SELECT 1").fetchall, progress=True) == [(1,)]


def test_importing_the_analysis_loads_no_engine() -> None:
    code = (
        "import sys, launchdarkly_api.analysis; "
        "print({'duckdb', 'narwhals', 'pandas', 'polars'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_an_experiment_may_have_no_baseline(events: Events, count: Count, tmp_path: Path) -> None:
    treatments = [
        TreatmentRep(
            name=name,
            allocation_percent="?",
            parameters=[ParameterRep(flag_key="checkout-button", variation_id=variation)],
        )
        for name, variation in (("control", "variation-a"), ("larger", "variation-b"))
    ]
    frames = tables(events, "polars", tmp_path)
    counts = arms_from_events(*frames, experiment(treatments=treatments), SIGNUP)
    assert counts.baseline == "control"
