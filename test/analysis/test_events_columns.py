"""Each column of each table may have another name, and one that is absent is one clear sentence."""

from __future__ import annotations

import re
from typing import Any

import pytest

from launchdarkly_api.analysis import DataExport, EventMetric
from launchdarkly_api.analysis.columns import TABLES
from launchdarkly_api.exceptions import ApiValueError
from test.analysis.engines import FLAG, ITERATION, START, VARIATIONS, odd_events, tables

polars = pytest.importorskip("polars")

COLUMNS = [(table, column) for table, columns in TABLES.items() for column in columns]
#: The columns whose absence changes what is known, and is no error.
OPTIONAL = {
    *(("evaluation_events", name) for name in ("environment_id", "context_attributes")),
    ("metric_events", "environment_id"),
    *(("experiment_iterations", name) for name in ("ended_at", "randomization_unit")),
    *(
        ("experiment_arm_parameters", name)
        for name in ("arm_name", "is_control", "allocation_percent")
    ),
    # An iteration and its variations say which flag it is.
    ("evaluation_events", "flag_key"),
}
METRICS = [EventMetric("signup"), EventMetric("revenue", event_key="purchase", numeric=True)]


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The four tables, with exactly the columns that the package knows."""
    evaluations, metrics = tables(odd_events(60), "polars", tmp_path_factory.mktemp("export"))
    iteration = {
        "experiment_iteration_id": ITERATION,
        "experiment_key": "checkout",
        "started_at": START,
        "ended_at": None,
        "randomization_unit": "user",
    }
    arms = [
        {
            "experiment_iteration_id": ITERATION,
            "arm_id": f"id-{name}",
            "arm_name": name,
            "flag_key": FLAG,
            "variation_id": variation,
            "is_control": name == "control",
            "allocation_percent": 33.3,
        }
        for name, variation in VARIATIONS.items()
    ]
    return {
        "evaluation_events": evaluations,
        "metric_events": metrics,
        "experiment_iterations": polars.DataFrame([iteration]),
        "experiment_arm_parameters": polars.DataFrame(arms),
    }


def counted(export: dict[str, Any], columns: Any = None) -> Any:
    found = DataExport(
        export["evaluation_events"],
        export["metric_events"],
        "checkout",
        experiment_iterations=export["experiment_iterations"],
        experiment_arm_parameters=export["experiment_arm_parameters"],
        columns=columns,
    )
    by_plan = found.arms_by_segment(METRICS[0], "plan").values()
    # Texts round sums of floats, which engines add in any order.
    return [*map(str, found.arms(METRICS).values()), *map(str, by_plan)]


def renamed(export: dict[str, Any], table: str, column: str, name: str) -> dict[str, Any]:
    return {**export, table: export[table].rename({column: name})}


@pytest.mark.parametrize(("table", "column"), COLUMNS)
@pytest.mark.parametrize("qualified", [True, False])
def test_every_column_may_have_another_name(
    export: dict[str, Any], table: str, column: str, qualified: bool
) -> None:
    whole = counted(export)
    assert "conversions" in whole[0]
    own = dict(export)
    for each in [table] if qualified else [t for t, names in TABLES.items() if column in names]:
        own = renamed(own, each, column, "my own")
    key = f"{table}.{column}" if qualified else column
    assert counted(own, {key: "my own"}) == whole


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_an_absent_column_is_one_sentence_with_its_remedy(
    export: dict[str, Any], table: str, column: str
) -> None:
    own = renamed(export, table, column, "other")
    # Segments need the attributes.
    if (table, column) in OPTIONAL and column != "context_attributes":
        counted(own)
        return
    with pytest.raises(ApiValueError) as caught:
        counted(own)
    told = str(caught.value)
    assert "\n" not in told
    assert table in told
    assert f"columns={{'{table}.{column}': ...}}" in told
    if column != "context_attributes":
        assert re.match(rf"{table} has no column '{column}'; it has ", told)
        assert all(name in told for name in own[table].columns)


@pytest.mark.parametrize(
    ("table", "column"),
    # The flag of an exposure is not read, because the iteration says which it is.
    [pair for pair in COLUMNS if pair != ("evaluation_events", "flag_key")],
)
@pytest.mark.parametrize("qualified", [True, False])
def test_a_wrong_name_is_told_by_the_argument_that_gave_it(
    export: dict[str, Any], table: str, column: str, qualified: bool
) -> None:
    key = f"{table}.{column}" if qualified else column
    own = renamed(export, table, column, "other")
    with pytest.raises(ApiValueError) as caught:
        counted(own, {key: "wrong"})
    told = str(caught.value)
    assert "has no column 'wrong'; it has " in told
    assert told.endswith(f"Correct columns[{key!r}]")
