"""The reading of results: what leads, how surely, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
from launchdarkly_api.model_utils import decode
from launchdarkly_api.notebook import Finding, Summary
from launchdarkly_api.notebook.facts import metrics_of
from launchdarkly_api.notebook.summaries import FEW_UNITS, FINDINGS, summarize
from test.notebook.examples import (
    experiment,
    experiment_json,
    results,
    results_of,
    treatment_id,
)


def summary(
    *outcomes: ExperimentBayesianResultsRep | Exception,
    of: Experiment | None = None,
    directions: Mapping[str, bool] | None = None,
) -> Summary:
    """The summary of an experiment with these results, the first one the primary metric's."""
    asked = of or experiment(secondary=["revenue", "load"][: len(outcomes) - 1])
    metrics = metrics_of(asked)
    by_key = dict(zip((metric.key for metric in metrics), outcomes))
    return summarize(asked, by_key, metrics, directions or {})


def finding(outcome: Any, **more: Any) -> Finding:
    return summary(outcome, **more).findings[0]


def best(p: float | None, **more: Any) -> ExperimentBayesianResultsRep:
    """Results in which the second treatment has this probability of being best."""
    sent = results(**more)
    for treatment, value in zip(sent.treatment_results, (None if p is None else 1 - p, p)):
        treatment.p_best = value
    return sent


def test_the_leader_is_the_most_probable_best() -> None:
    found = finding(best(0.93))
    assert (found.leader, found.p_best, found.wins) == ("bold", 0.93, True)
    assert found.statement.startswith(
        "bold leads with a probability of being best of 93.0 %, which reaches the threshold of 90 %"
    )
    assert "+10.0 % to +30.0 % relative to control (90 % bounds" in found.statement
    assert "approximated by a normal distribution with these bounds" in found.statement
    assert found.against == ()


def test_the_baseline_may_lead() -> None:
    found = finding(best(0.2))
    assert found.leader_is_baseline
    assert not found.wins
    assert "control (the baseline) leads" in found.statement
    assert "does not reach the threshold" in found.statement
    assert "relative to" not in found.statement


@pytest.mark.parametrize(
    ("sent", "threshold"),
    [
        ("95", 0.95),
        (80, 0.8),
        ("", 0.9),
        ("high", 0.9),
        (0, 0.9),
        (None, 0.9),
        ("nan", 0.9),
        (True, 0.9),
        (10**400, 0.9),
    ],
)
def test_the_threshold_is_the_experiments_if_it_has_one(sent: Any, threshold: float) -> None:
    asked = experiment(analysisConfig={"bayesianThreshold": sent})
    assert finding(best(0.93), of=asked).threshold == threshold
    assert finding(best(0.93), of=experiment(analysisConfig=sent)).threshold == 0.9


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (results(mismatch=0.999), "Sample-ratio mismatch (probability 99.9 %)"),
        (results_of(metricSeen={"ever": False}), "The metric was never seen"),
        (
            results_of(*({"treatmentId": n, "treatmentName": n, "units": 7} for n in "abcde")),
            f"Few units: a has 7, b has 7, c has 7 and 2 more; fewer than {FEW_UNITS} say little",
        ),
        (
            results(("control", "bold"), (0.1, None)),
            "Figures are missing for bold",
        ),
        (results(("control", "bold"), (0.1, 0.101)), "The 90 % bounds of the difference include 0"),
        (best(0.5), "bold has the same probability of being best"),
        (KeyError("gone"), "Its results could not be fetched: KeyError: 'gone'"),
        (OSError("x" * 999), "x…x"),
    ],
)
def test_what_speaks_against_it_is_said(outcome: Any, sentence: str) -> None:
    against = " ".join(finding(outcome).against)
    assert sentence.replace("include 0", "include zero") in against
    assert len(against) < 400


def test_nothing_is_said_against_good_results() -> None:
    whole = summary(best(0.95), best(0.95), best(0.95), directions={"signup": False})
    assert whole.against == ()
    assert all(f.against == () for f in whole.findings)


@pytest.mark.parametrize(
    ("lower_is_better", "p", "complains"),
    [(True, 0.95, True), (True, 0.05, False), (False, 0.05, True), (False, 0.95, False)],
)
def test_a_direction_is_compared_with_what_the_service_assumes(
    lower_is_better: bool, p: float, complains: bool
) -> None:
    found = finding(best(p), directions={"signup": lower_is_better})
    said = [sentence for sentence in found.against if "seems to assume" in sentence]
    assert bool(said) is complains
    same = best(0.95, means=(0.1, 0.1))
    assert not any("assume" in s for s in finding(same, directions={"signup": True}).against)


def test_metrics_that_contradict_each_other_are_named() -> None:
    contradiction = summary(best(0.95), best(0.05), best(0.95))
    assert contradiction.against == ("bold leads on Sign-ups, but control wins on Revenue",)
    assert "\n  ! bold leads on Sign-ups, but control" in str(contradiction)
    assert summary(best(0.95), best(0.2)).against == ()


def test_an_experiment_may_have_no_figures_at_all() -> None:
    for empty in (ExperimentBayesianResultsRep(), results_of({}), best(None)):
        found = finding(empty)
        assert (found.leader, found.p_best, found.wins) == (None, None, False)
        assert found.statement == "nothing leads, there are no figures"


def test_what_is_wrong_with_the_experiment_is_said() -> None:
    sent = experiment_json(baseline=None)
    sent["currentIteration"]["status"] = "not_started"
    assert summary(best(0.95), of=decode(Experiment, sent)).against == (
        "The experiment has not started",
        "The experiment does not say which treatment is the baseline",
    )
    del sent["currentIteration"]
    bare = summary(of=decode(Experiment, sent))
    assert bare.against[1] == "The experiment names no metric"
    assert bare.title == "New checkout (no iteration)"
    assert bare.frame.empty


def test_a_difference_without_a_known_baseline_names_the_other() -> None:
    asked = experiment(baseline=None)
    assert "relative to control" in finding(best(0.95), of=asked).statement
    nameless = results_of(
        {
            "treatmentName": "bold",
            "pBest": 0.95,
            "mean": 1.0,
            "relativeDifferences": [{"fromTreatmentId": None, "lower": 0.1, "upper": None}],
        }
    )
    statement = finding(nameless, of=asked).statement
    assert statement.endswith("+10.0 % to no data relative to the other treatment (90 % bounds)")


def test_names_that_are_alike_are_numbered() -> None:
    sent = results(("same", "same"))
    assert finding(sent, of=experiment(("same", "same"))).leader == "same #2"
    nameless = results_of({"treatmentId": treatment_id(9), "pBest": 0.95, "mean": 1.0})
    assert finding(nameless).leader == treatment_id(9)


def test_a_summary_is_text_a_page_and_a_frame() -> None:
    whole = summary(results(mismatch=1.0), KeyError("<b>"))
    text = str(whole)
    assert text == repr(whole)
    lines = text.splitlines()
    assert lines[0] == "New checkout (running)"
    assert lines[1].startswith("- Sign-ups (signup, primary): bold leads")
    assert lines[2].startswith("    ! Sample-ratio mismatch")
    assert lines[3] == "- Revenue (revenue): nothing leads, there are no figures"
    page = whole._repr_html_()
    assert "&lt;b&gt;" in page
    assert "<b>&" not in page
    frame = whole.frame
    assert {n: str(t) for n, t in frame.dtypes.items()} == {
        n: t.replace("[python]", "") for n, t in FINDINGS.items()
    }
    assert list(frame["metric"]) == ["signup", "revenue"]
    assert frame["wins"].tolist() == [False, pd.NA]
    assert frame["approx_p_above_zero"][0] > 0.99


def test_a_key_that_is_the_name_is_said_once() -> None:
    sent = experiment_json()
    sent["currentIteration"]["primaryMetric"]["name"] = "signup"
    assert "- signup, primary: " in str(summary(best(0.95), of=decode(Experiment, sent)))
