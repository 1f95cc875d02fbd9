"""Wrong arguments and tables: each is one sentence with the value, its place and a remedy."""

from __future__ import annotations

import datetime
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from launchdarkly_api.analysis import (
    DataExport,
    EventMetric,
    arms_from_events,
    results_from_export,
    segments,
)
from launchdarkly_api.analysis.from_export import ExportOptions, ResultOptions
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError
from launchdarkly_api.models import MetricV2Rep, ParameterRep, TreatmentRep
from test.analysis.engines import (
    END,
    FLAG,
    KINDS,
    REVENUE,
    SIGNUP,
    TOTAL,
    Events,
    agree,
    expected,
    experiment,
    odd_events,
    parquet,
    polars_frame,
    tables,
)

numpy = pytest.importorskip("numpy")
pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    evaluations, metrics = tables(odd_events(30), "polars", tmp_path_factory.mktemp("frames"))
    return evaluations, metrics


def refused(
    error: type[Exception],
    message: str,
    frames: tuple[Any, Any],
    metric: Any = SIGNUP,
    **options: Any,
) -> None:
    whole = options.pop("experiment", None) or experiment()
    with pytest.raises(error, match=message) as caught:
        DataExport(*frames, whole, **options).arms(metric)
    assert "\n" not in str(caught.value)


def test_a_missing_column_is_named_with_those_that_there_are(frames: tuple[Any, Any]) -> None:
    evaluations, metrics = frames
    renamed = evaluations.rename({"variation_id": "arm"})
    refused(
        ApiValueError,
        r"evaluation_events has no column 'variation_id'; it has event_id, .*arm.* Name it with"
        r" columns=\{'evaluation_events.variation_id': \.\.\.\}",
        (renamed, metrics),
    )
    refused(
        ApiValueError,
        r"metric_events has no column 'event'; it has .*\. Correct columns\['event_key'\]",
        frames,
        columns={"event_key": "event"},
    )
    refused(ApiValueError, "context_key is required", frames, columns={"context_key": None})


def test_two_columns_that_differ_in_case_are_not_guessed(frames: tuple[Any, Any]) -> None:
    evaluations, metrics = frames
    alike = evaluations.rename({"variation_id": "Variation_ID"}).with_columns(
        VARIATION_ID=polars.lit("x")
    )
    refused(ApiValueError, "no column 'variation_id'", (alike, metrics))


def test_an_unknown_name_of_a_column_suggests_another(frames: tuple[Any, Any]) -> None:
    message = "no column 'metric_events.eventkey'. Did you mean 'metric_events.event_key'?"
    refused(ApiValueError, message, frames, columns={"metric_events.eventkey": "x"})
    refused(ApiValueError, "It has: evaluation_events.context_key, ", frames, columns={"?": "x"})


def test_times_must_be_times_of_one_kind(frames: tuple[Any, Any]) -> None:
    evaluations, metrics = frames
    time = polars.col("received_time")
    text = metrics.with_columns(time.dt.to_string("%c"))
    refused(
        ApiTypeError,
        r"metric_events.received_time must hold times, not String. Convert it, such as",
        (evaluations, text),
    )
    naive = metrics.with_columns(time.dt.replace_time_zone(None))
    refused(
        ApiTypeError,
        "evaluation_events.received_time holds times with a time zone, and that of metric_events"
        " times without a time zone, so that they cannot be compared. Convert one of them",
        (evaluations, naive),
    )


def test_values_must_be_numbers(frames: tuple[Any, Any]) -> None:
    evaluations, metrics = frames
    text = metrics.with_columns(polars.col("event_value").cast(polars.String))
    refused(
        ApiTypeError,
        "metric_events.event_value must hold numbers, not String. Convert it",
        (evaluations, text),
        REVENUE,
    )
    # A conversion does not need them.
    DataExport(evaluations, text, experiment()).arms(SIGNUP)


def test_an_empty_table_has_no_exposures(frames: tuple[Any, Any]) -> None:
    evaluations, metrics = frames
    message = (
        "evaluation_events has no exposures of iteration 'iteration-2' of experiment 'checkout'"
        " with the context kind 'user' before 1793064600000 .*Choose another iteration"
    )
    refused(ApiValueError, message, (evaluations.clear(), metrics))
    export = DataExport(evaluations.clear(), metrics, experiment())
    for count in (export.arms_by_day, lambda metric: export.arms_by_segment(metric, "plan")):
        with pytest.raises(ApiValueError, match="has no exposures"):
            count(SIGNUP)
    with pytest.raises(ApiValueError, match=r"'user' from \d+ on and before \d+ \(epoch milli"):
        DataExport(
            *frames, experiment(), start=datetime.datetime(2027, 1, 1, tzinfo=datetime.timezone.utc)
        ).arms(SIGNUP)


def test_variations_of_no_treatment_are_named(tmp_path: Path) -> None:
    events = Events()
    events.expose(
        "ada", "variation-x", datetime.datetime(2026, 10, 21, tzinfo=datetime.timezone.utc)
    )
    message = "none of 1 exposed units saw a variation of a treatment of iteration 'iteration-2'"
    refused(ApiValueError, message, tables(events, "polars", tmp_path))


def test_tables_must_be_of_one_engine(frames: tuple[Any, Any], tmp_path: Path) -> None:
    _, metrics = tables(odd_events(3), "parquet", tmp_path)
    message = "evaluation_events is a table of polars and metric_events of duckdb. Pass both in"
    refused(ApiTypeError, message, (frames[0], metrics))


@pytest.mark.parametrize(
    "source", [None, 3, {"a": [1]}, [], [1], pandas.Series([1, 2], name="context_key")]
)
def test_what_is_no_table_is_refused(frames: tuple[Any, Any], source: Any) -> None:
    message = "metric_events must be a pandas, Polars or PyArrow frame, .* or the path of[^\\n]*$"
    refused(ApiTypeError, message, (frames[0], source))


def test_files_must_be_there_and_readable(frames: tuple[Any, Any], tmp_path: Path) -> None:
    evaluations = parquet([], KINDS["evaluation_events"], tmp_path)
    for missing in (tmp_path / "no.parquet", str(tmp_path / "*.csv"), tmp_path / "folder"):
        (tmp_path / "folder").mkdir(exist_ok=True)
        message = "metric_events: there are no Parquet or CSV files at '.*'. Correct the path"
        refused(ApiValueError, message, (evaluations, missing))
    (tmp_path / "broken.parquet").write_text("no Parquet")
    message = "metric_events: .*broken.parquet.* cannot be read: "
    refused(ApiValueError, message, (evaluations, tmp_path / "broken.parquet"))
    (tmp_path / "events.txt").write_text("a,b")
    message = "events.txt.* must be Parquet or CSV files, all of one kind. Their names end with"
    refused(ApiValueError, message, (evaluations, tmp_path / "events.txt"))
    refused(
        ApiValueError, "IO Error|HTTP|extension|cannot be read", (evaluations, "s3://no/x.parquet")
    )


def test_an_experiment_must_be_one_or_a_key_with_tables(frames: tuple[Any, Any]) -> None:
    refused(ApiTypeError, "must be an Experiment or a key, not 3", frames, experiment=3)
    message = "experiment is the key 'checkout'. Pass experiment_iterations and experiment_arm"
    refused(ApiValueError, message, frames, experiment="checkout")


def test_a_response_without_treatments_says_how_to_get_them(frames: tuple[Any, Any]) -> None:
    message = "experiment 'checkout' has no treatments in this response. Get it with expand="
    refused(ApiValueError, message, frames, experiment=experiment(treatments=[]))
    without = experiment()
    without.current_iteration = None
    refused(ApiValueError, "experiment 'checkout' has no iteration", frames, experiment=without)
    refused(ApiValueError, "has no id", frames, experiment=experiment(id=None))


def test_an_unknown_iteration_is_named(frames: tuple[Any, Any]) -> None:
    message = "has no iteration 'iteration-9' in this response; it has iteration-2. Get it with"
    refused(ApiValueError, message, frames, iteration="iteration-9")


def test_treatments_with_one_variation_cannot_be_told_apart(frames: tuple[Any, Any]) -> None:
    treatments = [
        TreatmentRep(
            name=name,
            allocation_percent="50",
            parameters=[ParameterRep(flag_key=FLAG, variation_id="variation-a")],
        )
        for name in ("A", "A again")
    ]
    message = "no flag serves another variation to each treatment"
    refused(ApiValueError, message, frames, experiment=experiment(treatments=treatments))


def test_an_unknown_metric_is_named(frames: tuple[Any, Any]) -> None:
    message = r"metric 'sales' is not a metric of the experiment. It has: signup. .*EventMetric"
    refused(ApiValueError, message, frames, "sales")
    refused(ApiValueError, "'signup' is given more than once", frames, ["signup", SIGNUP])
    refused(ApiValueError, "metric is empty", frames, [])
    refused(ApiTypeError, "metric must be a key or an EventMetric, not 3", frames, [3])
    none = experiment(primary_metric=None)
    refused(
        ApiValueError,
        "'sales' is not a metric of the experiment. Name",
        frames,
        "sales",
        experiment=none,
    )


def test_a_metric_of_an_unknown_kind_must_be_described(frames: tuple[Any, Any]) -> None:
    custom = MetricV2Rep(key="sales", name="Sales", kind="custom", links={})
    refused(
        ApiValueError,
        "does not say whether metric 'sales' is numeric. Describe it: EventMetric",
        frames,
        "sales",
        experiment=experiment(primary_metric=custom),
    )


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"key": ""}, ApiTypeError, "key must be a string, not ''"),
        ({"key": "a", "event_key": 3}, ApiTypeError, "event_key must be a string, not 3"),
        ({"key": "a", "aggregation": "median"}, ApiValueError, "aggregation must be one of 'av"),
        ({"key": "a", "numeric": "yes"}, ApiTypeError, "numeric must be True or False, not 'yes'"),
        ({"key": "a", "lower_is_better": "no"}, ApiTypeError, "lower_is_better must be True or F"),
        ({"key": "a", "missing": "skip"}, ApiValueError, "missing must be one of 'zero', 'exc"),
    ],
)
def test_a_metric_is_checked(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        EventMetric(**arguments)


def test_a_window_has_a_time_zone(frames: tuple[Any, Any]) -> None:
    naive = datetime.datetime(2026, 10, 1)  # noqa: DTZ001 - it is refused
    refused(ApiValueError, "start: datetime.* has no time zone. Add one", frames, start=naive)
    for wrong in ("now", True):
        refused(ApiTypeError, "end must be epoch milliseconds or a datetime", frames, end=wrong)


def test_a_day_needs_a_time_zone_that_exists(frames: tuple[Any, Any]) -> None:
    for name in ("Mars/Olympus", "../x", 3):
        with pytest.raises(ApiValueError, match=r"there is no time zone .*'Europe/Berlin'"):
            DataExport(*frames, experiment()).arms_by_day(SIGNUP, time_zone=name)  # type: ignore[arg-type]


def test_a_segment_must_be_an_attribute(frames: tuple[Any, Any]) -> None:
    export = DataExport(*frames, experiment())
    with pytest.raises(ApiTypeError, match="segment must be the name of an attribute, not 3"):
        export.arms_by_segment(SIGNUP, 3)  # type: ignore[arg-type]
    without = DataExport(*frames, experiment(), columns={"context_attributes": None})
    with pytest.raises(ApiValueError, match="has no column 'plan', and none with the attributes"):
        without.arms_by_segment(SIGNUP, "plan")
    assert list(export.arms_by_segment(SIGNUP, "never sent")) == [None]


def test_an_engine_that_reads_no_json_needs_a_column(
    frames: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "_READERS", {})
    with pytest.raises(ApiTypeError, match=r"cannot be read from JSON in .*Add a column 'plan' to"):
        DataExport(*frames, experiment()).arms_by_segment(SIGNUP, "plan")


def test_tables_without_the_experiment_say_so(frames: tuple[Any, Any], tmp_path: Path) -> None:
    kinds = dict.fromkeys(
        ("experiment_iteration_id", "experiment_key", "arm_id", "flag_key", "variation_id"),
        "string",
    ) | {"started_at": "time"}
    row = {"experiment_iteration_id": "i", "experiment_key": "checkout"}

    def given(
        iteration: str | None = None, key: str = "checkout", arm: str = "i"
    ) -> dict[str, Any]:
        arms = [{**row, "experiment_iteration_id": arm, "arm_id": "a"}]
        return {
            "experiment": key,
            "iteration": iteration,
            "experiment_iterations": polars_frame([row], kinds, tmp_path),
            "experiment_arm_parameters": polars_frame(arms, kinds, tmp_path),
        }

    refused(ApiValueError, "has no arms of iteration 'i'", frames, **given(arm="other"))
    refused(ApiValueError, "experiment_iterations has no experiment 'x'", frames, **given(key="x"))
    refused(ApiValueError, "'checkout' has no iteration 'j'", frames, **given("j"))
    refused(ApiValueError, "has no arms of iteration 'i'", frames, **given("i", arm="other"))
    refused(
        ApiTypeError,
        "experiment_iterations.experiment_key is required",
        frames,
        columns={"experiment_iterations.experiment_key": None},
        **given(),
    )


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"columns": ["a"]}, ApiTypeError, "columns must map names of LaunchDarkly's schema .*'a'"),
        (
            {"columns": {"context_key": 3}},
            ApiTypeError,
            r"columns\['context_key'\] must be the name",
        ),
        ({"context_kind": 3}, ApiTypeError, "context_kind must be a string, not 3"),
        ({"environment_id": b"x"}, ApiTypeError, "environment_id must be a string, not b'x'"),
        ({"start": 10**18}, ApiValueError, "start: 10{18} is not a time between the years 1 and"),
        ({"end": -(10**15)}, ApiValueError, "end: -10+ is not a time between the years 1 and 9999"),
    ],
)
def test_an_option_of_a_wrong_type_is_named(
    frames: tuple[Any, Any], options: dict[str, Any], error: type[Exception], message: str
) -> None:
    refused(error, message, frames, **options)


def test_a_window_may_be_a_number_of_numpy(frames: tuple[Any, Any]) -> None:
    start: Any = numpy.int64(0)
    found = arms_from_events(*frames, experiment(), SIGNUP, start=start)
    assert found == arms_from_events(*frames, experiment(), SIGNUP)


@pytest.mark.parametrize("metric", [None, 3, [None]])
def test_a_metric_must_be_one(frames: tuple[Any, Any], metric: Any) -> None:
    with pytest.raises(ApiTypeError, match="metric must be a key or an EventMetric, not"):
        arms_from_events(*frames, experiment(), metric)


@pytest.mark.parametrize("function", [arms_from_events, results_from_export])
def test_a_misspelt_option_is_one_error(frames: tuple[Any, Any], function: Any) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'colums'"):
        function(*frames, experiment(), SIGNUP, colums={})


@pytest.mark.parametrize("function", [arms_from_events, results_from_export])
def test_the_short_functions_have_all_options_of_an_export(function: Any) -> None:
    theirs = inspect.signature(DataExport).parameters
    mine = inspect.signature(function).parameters
    assert {name: mine[name] for name in theirs} == dict(theirs)
    options = {name for name, one in theirs.items() if one.kind is one.KEYWORD_ONLY}
    assert set(ExportOptions.__annotations__) == options
    extra = set(mine) - set(theirs) - {"metric", "methodology"}
    assert extra in (set(), set(ResultOptions.__annotations__) - options)
    for name in mine:
        assert f"    {name}: " in function.__doc__


def test_an_unknown_methodology_and_level_are_refused_before_counting(
    frames: tuple[Any, Any],
) -> None:
    export = DataExport(*frames, experiment(), columns={"event_key": "missing"})
    wrong: Any = "bayes"
    calls: list[Callable[[], Any]] = [
        lambda: export.results(SIGNUP, methodology=wrong),
        lambda: export.results_by_day(SIGNUP, methodology=wrong),
        lambda: export.results_by_segment(SIGNUP, "plan", methodology=wrong),
    ]
    for call in calls:
        with pytest.raises(ApiValueError, match="methodology is 'bayes'; it must be 'bayesian' or"):
            call()
    with pytest.raises(ApiValueError, match="level is 90; it must be between 0 and 1"):
        export.results(SIGNUP, level=90)


def test_two_columns_of_one_name_are_named(tmp_path: Path) -> None:
    evaluations, metrics = tables(odd_events(3), "pandas", tmp_path)
    twice = pandas.concat([evaluations, evaluations[["context_key"]]], axis=1)
    message = "evaluation_events has two columns of one name. Rename one of them"
    refused(ApiValueError, message, (twice, metrics))


@pytest.mark.parametrize("value", [float("inf"), 1e200])
@pytest.mark.parametrize("engine", ["parquet", "polars", "pandas"])
def test_values_beyond_floats_name_the_metric(tmp_path: Path, engine: str, value: float) -> None:
    events = odd_events(5)
    events.send("unit-1", "purchase", END - datetime.timedelta(seconds=1), value)
    message = "metric 'spent': the values of event 'purchase', or their squares, sum to .* larger"
    refused(ApiValueError, message, tables(events, engine, tmp_path), TOTAL)


#: A name that ends strings and identifiers of SQL and JSON, if it is not quoted.
INJECTED = "x'; DROP TABLE t; --\"\\ $.[0]"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("engine", ["parquet", "duckdb", "polars", "pandas", "pyarrow", "ibis"])
def test_names_are_data_in_every_engine(tmp_path: Path, engine: str) -> None:
    events = odd_events(8)
    for number, row in enumerate(events.evaluations):
        row["context_attributes"] = json.dumps({INJECTED: "a" if number % 2 else "b"})
    events.send("unit-1", INJECTED, END - datetime.timedelta(seconds=1))
    evaluations, metrics = tables(events, engine, tmp_path)
    export = DataExport(evaluations, metrics, experiment())
    counts = export.arms(EventMetric(INJECTED))[INJECTED]
    assert sum(arm.conversions or 0 for arm in counts.values()) == 1
    assert set(export.arms_by_segment(SIGNUP, INJECTED)) <= {"a", "b", None}
    assert len(export.arms_by_segment(SIGNUP, INJECTED)) > 1
    for options in ({"environment_id": INJECTED}, {"context_kind": INJECTED}):
        refused(ApiValueError, "has no exposures", (evaluations, metrics), **options)


@pytest.mark.parametrize("name", ['unit "of" the day', "Größe (L)", "first", "arm", "unit"])
@pytest.mark.parametrize("engine", ["duckdb", "polars", "pandas"])
def test_columns_may_have_any_name(tmp_path: Path, engine: str, name: str) -> None:
    if engine == "duckdb" and '"' in name and duckdb.__version__.startswith("1."):
        pytest.skip("DuckDB before 2.0 cannot name such a column")
    events = odd_events(20)
    rows = [
        {name if k == "context_key" else k: v for k, v in r.items()} for r in events.evaluations
    ]
    kinds = {name if k == "context_key" else k: v for k, v in KINDS["evaluation_events"].items()}
    evaluations = polars_frame(rows, kinds, tmp_path)
    metrics = polars_frame(events.metrics, KINDS["metric_events"], tmp_path)
    makers: dict[str, Callable[[Any], Any]] = {
        "polars": lambda frame: frame,
        "pandas": lambda frame: frame.to_pandas(),
        "duckdb": lambda frame: frame.to_arrow(),
    }
    make = makers[engine]
    found = arms_from_events(
        make(evaluations),
        make(metrics),
        experiment(),
        SIGNUP,
        columns={"evaluation_events.context_key": name},
    )
    agree(found, expected(events, SIGNUP)[0])


def test_mixed_time_zones_are_the_same_moments(tmp_path: Path) -> None:
    events = odd_events(20)
    evaluations, metrics = tables(events, "polars", tmp_path)
    tokyo = metrics.with_columns(polars.col("received_time").dt.convert_time_zone("Asia/Tokyo"))
    agree(arms_from_events(evaluations, tokyo, experiment(), SIGNUP), expected(events, SIGNUP)[0])
    plain, mixed = tables(events, "pandas", tmp_path)
    hours = [datetime.timezone(datetime.timedelta(hours=n % 3)) for n in range(len(mixed))]
    mixed["received_time"] = pandas.Series(
        [at.to_pydatetime().astimezone(z) for at, z in zip(mixed["received_time"], hours)],
        dtype=object,
    )
    message = "metric_events.received_time must hold times, not Object. Convert it, such as with"
    refused(ApiTypeError, message, (plain, mixed))


def test_ids_that_are_floats_in_one_table_only_are_refused() -> None:
    """pandas makes floats of integers with gaps, and 1.0 is not the id 1."""
    evaluations, metrics = (frame.to_pandas() for frame in tables(odd_events(9), "polars", Path()))
    numbers = {unit: number for number, unit in enumerate(evaluations["context_key"].unique())}
    whole = evaluations.assign(
        context_key=evaluations["context_key"].map(numbers).fillna(99).astype(int)
    )
    floats = metrics.assign(context_key=metrics["context_key"].map(numbers).astype(float))
    refused(
        ApiTypeError,
        "context_key holds Int64 in evaluation_events and Float64 in metric_events, so that no unit"
        " is in both. Convert one of them; pandas makes floats of integers with gaps",
        (whole, floats),
    )
    same = whole.assign(context_key=whole["context_key"].astype(float))
    DataExport(same, floats, experiment()).arms(SIGNUP)
