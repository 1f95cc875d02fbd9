"""Reports of results that come from an export: they know more than counts say."""

from __future__ import annotations

import datetime
import math
import re
from typing import Any

import pytest

from launchdarkly_api import ApiClient, ExperimentsBetaApi, demo
from launchdarkly_api.analysis import (
    Arm,
    DataExport,
    EventMetric,
    bayesian_results,
    frequentist_results,
)
from launchdarkly_api.models import Experiment, Instruction
from launchdarkly_api.notebook import plot_differences, plot_portfolio, report_of
from launchdarkly_api.sandbox import Effect, Sandbox

REVENUE = EventMetric("revenue", numeric=True)
LOAD = EventMetric("page-load-ms", numeric=True, lower_is_better=True)
#: Three times as many buy, for a little more each.
EFFECTS = {
    "revenue": {
        "Control": Effect(0.2, mean=50, deviation=5),
        "Larger button": Effect(0.6, mean=52, deviation=5),
    },
    "page-load-ms": {"Control": (900, 100), "Larger button": (800, 100)},
}
AGO = datetime.timedelta(days=20)


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Experiment, DataExport]:
    """An experiment that started twenty days ago, and whose data end ten days ago."""
    start = datetime.datetime.now(datetime.timezone.utc) - AGO
    folder = tmp_path_factory.mktemp("export")
    with Sandbox(sample_traffic=False) as sandbox, ApiClient(sandbox.configuration()) as client:
        api = ExperimentsBetaApi(client)
        sandbox.set_clock(start)
        api.create_experiment("demo", "test", demo.new_experiment("old"))
        demo.patched(api, "old", Instruction.start_iteration())
        sandbox.simulate("old", units=3000, days=10, effects=EFFECTS, end=start + AGO / 2)
        files = sandbox.export(folder)
        experiment = api.get_experiment("demo", "test", "old", expand="treatments,analysisConfig")
    return experiment, DataExport(files["evaluation_events"], files["metric_events"], experiment)


def told(running: tuple[Experiment, DataExport], methodology: Any, metric: EventMetric) -> Any:
    experiment, export = running
    outcomes = export.results(metric, methodology=methodology)
    return report_of(experiment, outcomes).summary().findings[0]


@pytest.mark.parametrize("methodology", ["bayesian", "frequentist"])
def test_units_without_events_do_not_look_like_a_broken_split(
    running: tuple[Experiment, DataExport], methodology: Any
) -> None:
    _, export = running
    (outcome,) = export.results(REVENUE, methodology=methodology).values()
    few, many = (arm.units for arm in outcome.arms.values())
    assert few * 2 < many
    finding = told(running, methodology, REVENUE)
    assert finding.probability_of_mismatch == outcome.mismatch.probability < 0.99
    assert not [sentence for sentence in finding.against if "mismatch" in sentence]


@pytest.mark.parametrize("methodology", ["bayesian", "frequentist"])
def test_old_data_of_a_running_experiment_are_told(
    running: tuple[Experiment, DataExport], methodology: Any
) -> None:
    finding = told(running, methodology, REVENUE)
    assert [text for text in finding.against if "The last event of the metric is 10." in text]
    assert not finding.ready


@pytest.mark.parametrize("methodology", ["bayesian", "frequentist"])
def test_a_metric_brings_its_direction(
    running: tuple[Experiment, DataExport], methodology: Any
) -> None:
    finding = told(running, methodology, LOAD)
    assert (finding.leader, finding.lower_is_better) == ("Larger button", True)
    assert "better than Control: its mean is" in finding.statement
    experiment, export = running
    outcomes = export.results(LOAD, methodology=methodology)
    other = report_of(experiment, outcomes, lower_is_better={LOAD.key: False})
    assert other.summary().findings[0].lower_is_better is False


def test_a_metric_without_events_has_no_leader(running: tuple[Experiment, DataExport]) -> None:
    with pytest.warns(UserWarning, match="metric_events has no event 'refund'"):
        finding = told(running, "bayesian", EventMetric("refund"))
    assert finding.statement == "nothing leads, the metric was never seen"
    assert "The metric was never seen: no event for it has arrived" in finding.against
    assert not finding.ready


def test_a_day_has_no_time_of_its_last_event(running: tuple[Experiment, DataExport]) -> None:
    _, export = running
    *_, last = export.results_by_day(REVENUE, methodology="bayesian").values()
    assert last.results.metric_seen is None


def test_counts_are_not_results(running: tuple[Experiment, DataExport]) -> None:
    experiment, export = running
    counts: Any = export.arms(REVENUE)
    with pytest.raises(TypeError, match=r"results\['revenue'\] are counts, .*results_for"):
        report_of(experiment, counts)
    results: Any = bayesian_results(counts["revenue"])
    with pytest.raises(TypeError, match="results must map the keys of metrics to their results"):
        report_of(experiment, results)


def test_one_treatment_with_figures_does_not_lead(running: tuple[Experiment, DataExport]) -> None:
    experiment, export = running
    control, larger = export.treatments
    arms = export.arms(REVENUE)["revenue"]
    alone = bayesian_results({control: arms[control], larger: arms[larger].from_values([])})
    finding = report_of(experiment, {"revenue": alone}).summary().findings[0]
    assert finding.statement == "nothing leads, only Control has figures"
    assert not finding.wins


@pytest.mark.parametrize(
    ("alternative", "text"),
    [("greater", r"confidence interval \+\d\.\d % or more"), ("less", r"\+\d\.\d % or less")],
)
def test_a_one_sided_interval_has_one_bound_in_words(
    running: tuple[Experiment, DataExport], alternative: Any, text: str
) -> None:
    experiment, export = running
    arms = export.arms(REVENUE)["revenue"]
    tested = frequentist_results(arms, baseline=arms.baseline, alternative=alternative)
    report = report_of(experiment, {"revenue": tested})
    assert pytest.approx(report.differences["lift"].iloc[0], abs=0.01) == 0.04
    for shown in (str(report.summary()), report.to_markdown(), report._repr_html_()):
        assert "inf" not in shown.replace("info", "")
    assert re.search(text, str(report.summary()))


@pytest.mark.parametrize(("alternative", "side"), [("greater", 1), ("less", 0)])
def test_a_one_sided_interval_is_drawn_with_an_arrow(
    running: tuple[Experiment, DataExport], alternative: Any, side: int
) -> None:
    experiment, export = running
    arms = export.arms(REVENUE)["revenue"]
    tested = frequentist_results(arms, baseline=arms.baseline, alternative=alternative)
    report = report_of(experiment, {"revenue": tested}, lower_is_better={"revenue": side == 0})
    (comparison,) = tested.comparisons
    assert comparison.lift is not None
    bound = comparison.lower if side else comparison.upper
    assert bound is not None
    pictures = [plot_differences(tested, experiment)]
    if report.summary().findings[0].leader is not None:
        pictures.append(plot_portfolio({"old": report}))
    assert len(pictures) == 1 + side
    for ax in pictures:
        assert "one-sided" in ax.get_xlabel()
        (arrow,) = (line for line in ax.lines if line.get_marker() == "<>"[side])
        assert arrow.get_xdata()[0] == pytest.approx(2 * comparison.lift - bound)


def test_an_interval_without_bounds_has_no_arrow(running: tuple[Experiment, DataExport]) -> None:
    experiment, export = running
    (control, larger) = export.treatments
    noise = {control: Arm.from_values([-9.0, 10.0] * 90), larger: Arm.from_values([8.0, 9.0] * 90)}
    tested = frequentist_results(noise, baseline=control)
    assert tested.comparisons[0].lower == -math.inf
    assert tested.comparisons[0].upper == math.inf
    ax = plot_differences(tested, experiment)
    assert "one-sided" not in ax.get_xlabel()
