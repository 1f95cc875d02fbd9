"""The export of a sandbox: the tables of LaunchDarkly, and the results of the sandbox itself."""

from __future__ import annotations

import datetime
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from launchdarkly_api import ApiClient
from launchdarkly_api.analysis import DataExport, EventMetric
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.models import ExperimentBayesianResultsRep
from launchdarkly_api.sandbox import Effect, Sandbox
from test.sandbox.client import Client

METRICS = [
    EventMetric("signup"),
    EventMetric("revenue", numeric=True),
    EventMetric("page-load-ms", numeric=True, lower_is_better=True),
]


@pytest.fixture
def quiet() -> Iterator[Sandbox]:
    with Sandbox(api_version="2023", sample_traffic=False) as running:
        yield running


@pytest.fixture
def busy(quiet: Sandbox) -> Sandbox:
    """A sandbox with an experiment that has traffic of every kind."""
    client = Client(quiet.url)
    client.run()
    assert client.create("draft").status == 201
    quiet.simulate(
        "exp",
        units=3000,
        seed=4,
        effects={"revenue": {"control": Effect(0.3, mean=50, deviation=20)}},
    )
    names = ['quo"te', "comma,", "line\nbreak", " blank ", "NULL", "Ünit", "'; DROP TABLE"]
    quiet.record("exp", "treatment", units=names, events={"revenue": [1.5, -2.0, 1e3]})
    later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=9)
    # The same units again: a second event of a unit, and a second exposure that does not count.
    quiet.record("exp", "treatment", units=names, events={"revenue": [3.0], "signup": 4}, at=later)
    client.close()
    return quiet


def api(sandbox: Sandbox) -> ExperimentsBetaApi:
    return ExperimentsBetaApi(ApiClient(sandbox.configuration()))


def rows(file: Path, query: str = "*") -> list[Any]:
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT {query} FROM '{file}'").fetchall()


def test_an_export_has_the_results_of_the_sandbox(busy: Sandbox, tmp_path: Path) -> None:
    files = busy.export(tmp_path / "new" / "folder")
    calls = api(busy)
    experiment = calls.get_experiment("demo", "test", "exp", expand="treatments")
    export = DataExport(files["evaluation_events"], files["metric_events"], experiment)
    for key, outcome in export.results(METRICS).items():
        own = calls.get_experiment_results("demo", "test", "exp", key)
        found = outcome.results
        assert isinstance(found, ExperimentBayesianResultsRep)
        assert found.probability_of_mismatch == pytest.approx(own.probability_of_mismatch)
        assert len(found.treatment_results or []) == 2
        for mine, theirs in zip(found.treatment_results or [], own.treatment_results or []):
            assert mine.treatment_id == theirs.treatment_id
            assert outcome.arms[mine.treatment_id or ""].units == mine.units == theirs.units
            assert mine.mean == pytest.approx(theirs.mean, rel=1e-9)
            assert mine.p_best == pytest.approx(theirs.p_best, abs=1e-6)
            assert mine.credible_interval is not None
            assert theirs.credible_interval is not None
            for bound in ("lower", "upper"):
                assert mine.credible_interval[bound] == pytest.approx(
                    theirs.credible_interval[bound], rel=1e-6
                )


def test_simulated_units_belong_to_one_experiment(quiet: Sandbox, tmp_path: Path) -> None:
    client = Client(quiet.url)
    for key, rate in (("exp", 0.0), ("other", 1.0)):
        winner = client.run(key)["currentIteration"]["treatments"][0]["_id"]
        quiet.simulate(key, units=200, effects={"signup": {"control": rate, "treatment": rate}})
        assert client.stop(key, winningTreatmentId=winner, winningReason="done").status == 200
    client.close()
    files = quiet.export(tmp_path)
    export = DataExport(
        files["evaluation_events"],
        files["metric_events"],
        api(quiet).get_experiment("demo", "test", "exp", expand="treatments"),
    )
    with pytest.warns(UserWarning, match="no event 'signup'"):
        counts = export.arms(EventMetric("signup"))["signup"]
    assert [arm.conversions for arm in counts.values()] == [0, 0]


def test_the_tables_describe_the_experiment(busy: Sandbox, tmp_path: Path) -> None:
    files = busy.export(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"{table}.parquet" for table in files
    )
    experiment = api(busy).get_experiment("demo", "test", "exp", expand="treatments")
    of_tables = DataExport(
        files["evaluation_events"],
        files["metric_events"],
        "exp",
        experiment_iterations=files["experiment_iterations"],
        experiment_arm_parameters=files["experiment_arm_parameters"],
    )
    of_model = DataExport(files["evaluation_events"], files["metric_events"], experiment)
    mine, theirs = of_tables.arms(METRICS), of_model.arms(METRICS)
    for key, counts in mine.items():
        for treatment_id, arm in counts.items():
            other = theirs[key][treatment_id]
            assert (arm.units, arm.conversions) == (other.units, other.conversions)
            assert float(arm.total or 0) == pytest.approx(float(other.total or 0))
        assert counts.baseline == theirs[key].baseline
        assert counts.names == theirs[key].names


def test_an_export_has_the_rows_of_a_data_export(busy: Sandbox, tmp_path: Path) -> None:
    files = busy.export(tmp_path)
    kinds = dict(
        rows(files["evaluation_events"], "DISTINCT reason_kind, reason_detail->>'in_experiment'")
    )
    assert kinds == {"FALLTHROUGH": "true"}
    count, keys = rows(files["metric_events"], "count(*), count(DISTINCT export_key)")[0]
    assert count == keys > 0
    assert ("line\nbreak",) in rows(files["evaluation_events"], "context_key")
    assert rows(files["flag_variations"], "variation_value") == [('"control"',), ('"treatment"',)]


def test_an_export_of_nothing_has_empty_tables(quiet: Sandbox, tmp_path: Path) -> None:
    files = quiet.export(tmp_path)
    assert rows(files["evaluation_events"]) == rows(files["metric_events"]) == []
    assert rows(files["experiment_iterations"], "started_at") == []
    assert len(rows(files["flag_variations"])) == 2


def test_events_of_before_a_reset_are_not_exported(busy: Sandbox, tmp_path: Path) -> None:
    calls = api(busy)
    calls.reset_experiment("demo", "checkout-button", "test", "signup")
    busy.record("exp", "treatment", units="after", events={"signup": 1})
    keys = [key for (key,) in rows(busy.export(tmp_path)["metric_events"], "event_key")]
    assert keys.count("signup") == 1, keys.count("signup")
    assert keys.count("revenue") > 400


def test_a_stopped_sandbox_does_not_export(tmp_path: Path) -> None:
    sandbox = Sandbox(api_version="2023", state=tmp_path / "state.sqlite")
    with sandbox:
        pass
    with pytest.raises(RuntimeError, match="is stopped"):
        sandbox.export(tmp_path)


def test_the_command_exports_and_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "launchdarkly_api.sandbox", "--demo", "--export"]
    done = subprocess.run(
        [*command, str(tmp_path / "out")], capture_output=True, text=True, check=True
    )
    assert done.stdout.count("Wrote ") == 5
    assert rows(tmp_path / "out" / "evaluation_events.parquet", "count(*)")[0][0] > 1000


def test_the_command_exports_a_state_file(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite"
    seed = {"projects": [{"key": "demo", "experiments": [{"key": "e", "iterations": [
        {"primaryMetric": "signup", "flags": ["checkout-button"], "status": "running",
         "traffic": [{"recorded": {"treatment": "control", "units": 3}}]}
    ]}]}]}  # fmt: skip
    with Sandbox(state=state, seed=seed):
        pass
    command = [sys.executable, "-m", "launchdarkly_api.sandbox", "--state", str(state)]
    subprocess.run([*command, "--export", str(tmp_path / "out")], check=True)
    assert rows(tmp_path / "out" / "evaluation_events.parquet", "count(*)")[0][0] == 3


def test_without_duckdb_an_export_says_what_to_install(
    quiet: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ImportError, match=r"launchdarkly-experiments\[analysis\]"):
        quiet.export(tmp_path)
