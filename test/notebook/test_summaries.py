"""Summaries: the leader, its certainty, and reasons for doubt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

from launchdarkly_api._display.thresholds import MIN_UNITS
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
from launchdarkly_api.model_utils import decode
from launchdarkly_api.notebook import Finding, Summary
from launchdarkly_api.notebook.facts import metrics_of
from launchdarkly_api.notebook.summaries import FINDINGS, summarize
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


def with_missing_p_best() -> ExperimentBayesianResultsRep:
    """Results that lack one probability of being best."""
    sent = best(0.95)
    sent.treatment_results[0].p_best = None
    return sent


def test_the_leader_is_the_most_probable_best() -> None:
    found = finding(best(0.93))
    assert (found.leader, found.p_best, found.wins) == ("bold", 0.93, True)
    assert found.statement.startswith(
        "bold leads with a probability of being best of 93.0 %, which reaches the threshold of 90 %"
    )
    assert found.statement.endswith(
        "; it has a mean 20.0 % above that of control (90 % credible interval +10.0 % to +30.0 %;"
        " above with a probability of 98.2 %)"
    )
    assert found.against == ()


def test_the_baseline_may_lead() -> None:
    found = finding(best(0.2))
    assert found.leader_is_baseline
    assert not found.wins
    assert "control (the baseline) leads" in found.statement
    assert "does not reach the threshold" in found.statement
    assert "; bold has a mean 20.0 % above that of control (90 % credible" in found.statement
    assert (found.difference, found.rival) == (None, "bold")
    alone = finding(best(0.2, names=("control",), means=(0.1,)))
    assert (alone.leader, alone.rival_difference) == ("control", None)
    assert "control (" not in alone.statement.replace("control (the", "")


def test_a_baseline_that_leads_below_the_threshold_raises_doubts() -> None:
    names, means = ("control", "bold", "third"), (0.1, 0.101, 0.05)
    sent = results(names, means)
    for treatment, p in zip(sent.treatment_results, (0.61, 0.3, 0.09)):
        treatment.p_best = p
    found = finding(sent, of=experiment(names))
    assert found.rival == "bold"
    assert found.against == ("P(best) of 61.0 % is below the threshold of 90 %",)


@pytest.mark.parametrize(
    ("sent", "threshold"),
    [
        ("95", 0.95),
        ("80.5", 0.805),
        ("", 0.9),
        ("high", 0.9),
        ("0", 0.9),
        (None, 0.9),
        ("nan", 0.9),
        ("1e400", 0.9),
        ("101", 0.9),
        ("0.95", 0.95),
        ("1", 1.0),
    ],
)
def test_the_threshold_of_the_experiment_is_used_if_it_has_one(sent: Any, threshold: float) -> None:
    asked = experiment(analysisConfig={"bayesianThreshold": sent})
    assert finding(best(0.93), of=asked).threshold == threshold
    assert finding(best(0.93), of=experiment(analysisConfig=None)).threshold == 0.9
    assert finding(best(0.93), of=experiment(analysisConfig={})).threshold == 0.9


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (results(mismatch=0.999), "Sample-ratio mismatch (probability 99.9 %)"),
        (results_of(metricSeen={"ever": False}), "The metric was never seen"),
        (
            results_of(*({"treatmentId": n, "treatmentName": n, "units": 7} for n in "abcde")),
            f"Few units: a has 7, b has 7, c has 7 and 2 more; at least {MIN_UNITS} are needed",
        ),
        (
            results(("control", "bold"), (0.1, None)),
            "Figures are missing for bold",
        ),
        (
            best(0.91, means=(0.1, 0.101)),
            "bold has a mean above that of control with a probability of 54.6 %; a decision needs"
            " 95.0 %, for at most 10.0 % false alarms in this comparison",
        ),
        (
            with_missing_p_best(),
            "The probability of being best is missing for control",
        ),
        (best(0.5), "control, bold have the same probability of being best: 50.0 %"),
        (results_of({"pBest": 0.0}, {"pBest": 0}), "All probabilities of being best are 0"),
        (best(0.6), "P(best) of 60.0 % is below the threshold of 90 %"),
        (
            best(0.95, mismatch=0.985),
            "A sample-ratio mismatch is possible: its probability is 98.5 %, and from 99.0 % on",
        ),
        (
            results_of({"treatmentId": treatment_id(1), "treatmentName": "bold", "pBest": 0.97}),
            "No results came for control",
        ),
        (KeyError("gone"), "Its results could not be fetched: KeyError: 'gone'"),
        (OSError("x" * 999), "x…x"),
    ],
)
def test_a_finding_names_each_reason_for_doubt(outcome: Any, sentence: str) -> None:
    against = " ".join(finding(outcome).against)
    assert sentence in against
    assert len(against) < 400


def test_good_results_raise_no_doubt() -> None:
    sure = best(0.95, means=(0.1, 0.13))
    whole = summary(sure, sure, sure, directions={"signup": False})
    assert whole.against == ()
    assert whole.ready
    assert all(f.against == () for f in whole.findings)
    assert finding(best(0.95, mismatch=0.9)).against == ()


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


def of_three(p: tuple[float, float, float], **more: Any) -> ExperimentBayesianResultsRep:
    """Results of three treatments with these probabilities of being best."""
    sent = results(("control", "bold", "third"), (0.1, 0.07, 0.05), **more)
    for treatment, value in zip(sent.treatment_results, p):
        treatment.p_best = value
    return sent


@pytest.mark.parametrize(
    ("p", "lower_is_better", "sentence"),
    [
        (
            (0.02, 0.95, 0.03),
            False,
            "but the leader is 30.0 % worse than control: its",
        ),
        ((0.95, 0.04, 0.01), True, "but the leader has the highest mean"),
        ((0.02, 0.95, 0.03), True, None),
        ((0.95, 0.04, 0.01), False, None),
    ],
)
def test_bounds_on_the_worse_side_raise_a_doubt_about_the_leader(
    p: Any, lower_is_better: bool, sentence: str | None
) -> None:
    asked = experiment(("control", "bold", "third"))
    against = finding(of_three(p), of=asked, directions={"signup": lower_is_better}).against
    assert len(against) == bool(sentence)
    assert (sentence or "") in "".join(against)


def test_a_rival_on_the_better_side_raises_a_doubt_about_the_baseline() -> None:
    names = ("worst", "control", "bold")
    sent = results(names, (0.05, 0.1, 0.2))
    for treatment, value in zip(sent.treatment_results, (0.01, 0.95, 0.04)):
        treatment.p_best = value
    asked = experiment(names, baseline=1)
    (said,) = finding(sent, of=asked, directions={"signup": False}).against
    assert said.startswith("Higher is better here, but bold is 100.0 % better than control")


def test_metrics_that_contradict_each_other_are_named() -> None:
    contradiction = summary(best(0.95), best(0.05), best(0.95))
    assert contradiction.against[0] == "bold leads on Sign-ups, but control wins on Revenue"
    assert "\n  ! bold leads on Sign-ups, but control" in str(contradiction)
    assert summary(best(0.95), best(0.2)).against == ()


@pytest.mark.parametrize(
    ("directions", "p", "sentence"),
    [
        (
            {"revenue": True},
            0.3,
            " it is 20.0 % worse than control: its mean is 20.0 % higher",
        ),
        ({"revenue": False}, 0.3, None),
        ({}, 0.001, " it has a mean 20.0 % above that of control (90 % credible interval"),
        ({}, 0.3, None),
    ],
)
def test_a_summary_names_the_leaders_costs_on_other_metrics(
    directions: Any, p: float, sentence: str | None
) -> None:
    whole = summary(best(0.95), best(p), directions=directions)
    said = [s for s in whole.against if s.startswith("bold leads on Sign-ups, but on Revenue")]
    assert len(said) == bool(sentence)
    assert (sentence or "") in "".join(said)


def test_a_decrease_is_a_cost_if_more_is_better() -> None:
    worse = best(0.3, means=(0.1, 0.08))
    whole = summary(best(0.95), worse, directions={"revenue": False})
    assert whole.against == (
        "bold leads on Sign-ups, but on Revenue it is 20.0 % worse than control: its mean is 20.0 %"
        " lower (90 % credible interval -30.0 % to -10.0 %; worse with a probability of 99.5 %)",
    )


def test_a_summary_names_no_cost_without_results_of_the_leader() -> None:
    directions = {"revenue": True}
    for other in (
        results_of({"treatmentId": treatment_id(0), "treatmentName": "control", "pBest": 0.5}),
        results_of({"treatmentId": treatment_id(1), "treatmentName": "bold", "pBest": 0.001}),
        KeyError("gone"),
    ):
        whole = summary(best(0.95), other, directions=directions)
        assert not any("but on Revenue" in sentence for sentence in whole.against)
    half = best(0.001)
    half.treatment_results[1].relative_differences[0].lower = None
    assert summary(best(0.95), half).against == (
        "bold leads on Sign-ups, but control wins on Revenue",
    )


def test_treatments_of_the_same_name_are_compared_by_id() -> None:
    asked = experiment(("same", "same"), secondary=["revenue"])
    turned = best(0.95, names=("same", "same"))
    turned.treatment_results.reverse()
    assert summary(best(0.95, names=("same", "same")), turned, of=asked).against == ()
    nameless = results_of({"treatmentName": "bold", "pBest": 0.95, "mean": 1.0})
    assert summary(nameless, best(0.95)).against == ()


def test_nothing_leads_if_no_treatment_is_ahead() -> None:
    tied = finding(best(0.5))
    assert (tied.leader, tied.p_best, tied.wins) == (None, None, False)
    assert tied.statement == (
        "nothing leads, no treatment is more probably the best than the others"
    )
    unseen = best(0.51)
    unseen.metric_seen.ever = False
    assert finding(unseen).statement == "nothing leads, the metric was never seen"
    failed = finding(KeyError("gone"))
    assert failed.statement == "not known, its results could not be fetched"


def test_metrics_that_were_not_requested_are_not_missing() -> None:
    assert summarize(experiment(), {}, (), {}).against == ("No metric was asked for",)


def test_an_experiment_without_figures_has_a_summary() -> None:
    for empty in (ExperimentBayesianResultsRep(), results_of({}), best(None)):
        for treatment in empty.treatment_results or ():
            treatment.p_best = None
        found = finding(empty)
        assert (found.leader, found.p_best, found.wins) == (None, None, False)
        if empty.treatment_results and empty.treatment_results[0].mean:
            expected = "nothing is known to lead, the results have no probability of being best"
        else:
            expected = "nothing leads, there are no figures"
        assert found.statement == expected


def test_a_summary_names_problems_of_the_experiment() -> None:
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
    assert "that of control" in finding(best(0.95), of=asked).statement
    nameless = results_of(
        {
            "treatmentName": "bold",
            "pBest": 0.95,
            "mean": 1.0,
            "relativeDifferences": [{"fromTreatmentId": None, "lower": 0.1, "upper": None}],
        }
    )
    statement = finding(nameless, of=asked).statement
    assert statement.endswith(
        "; it differs from the other treatment (90 % credible interval +10.0 % to no data)"
    )


def test_equal_names_are_numbered() -> None:
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
    assert lines[3].startswith("    ! P(best) of 66.7 % is below")
    assert lines[4] == "- Revenue (revenue): not known, its results could not be fetched"
    page = whole._repr_html_()
    assert "&lt;b&gt;" in page
    assert "<b>&" not in page
    frame = whole.frame
    assert {n: str(t) for n, t in frame.dtypes.items()} == {
        n: t.replace("[python]", "") for n, t in FINDINGS.items()
    }
    assert list(frame["metric"]) == ["signup", "revenue"]
    assert frame["wins"].tolist() == [False, pd.NA]
    assert frame["p_above_zero"][0] == frame["approx_p_above_zero"][0] > 0.98


def test_a_key_that_equals_the_name_appears_once() -> None:
    sent = experiment_json()
    sent["currentIteration"]["primaryMetric"]["name"] = "signup"
    assert "- signup, primary: " in str(summary(best(0.95), of=decode(Experiment, sent)))


def test_the_frame_says_how_probably_the_leader_is_better() -> None:
    worse = best(0.95, means=(0.1, 0.08))
    frame = summary(worse, directions={"signup": True}).frame
    assert frame["p_better"][0] == pytest.approx(1 - frame["p_above_zero"][0])
    assert frame["p_better"][0] > 0.98
    assert summary(worse).frame["p_better"].isna().all()
