"""The conditions of a decision: time, units, fresh data, and a sure difference."""

from __future__ import annotations

import datetime
import math
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact  # type: ignore[import-untyped,unused-ignore]

from launchdarkly_api.analysis import (
    Arm,
    BetaPosterior,
    bayesian_results,
    frequentist_results,
)
from launchdarkly_api.exceptions import ApiValueError
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model_utils import decode
from launchdarkly_api.notebook import ExperimentReport, Finding, Rules, report_of
from launchdarkly_api.notebook.certainty import p_at_least
from launchdarkly_api.notebook.facts import metrics_of
from test.notebook.examples import START, experiment, experiment_json, results, treatment_id
from test.notebook.false_alarms import ready_share


def at(days: float) -> datetime.datetime:
    """The time, ``days`` after the start of the experiments."""
    start = datetime.datetime.fromtimestamp(START / 1000, datetime.timezone.utc)
    return start + datetime.timedelta(days=days, seconds=1)


def sure(**more: Any) -> Any:
    """Results with a leader that wins."""
    sent = results(means=(0.1, 0.13), **more)
    for treatment, p in zip(sent.treatment_results, (0.01, 0.99)):
        treatment.p_best = p
    return sent


def finding(sent: Any, days: float = 35, rules: Rules | None = None, **more: Any) -> Finding:
    asked = experiment(**more)
    metrics = tuple(metrics_of(asked))[:1]
    found = ExperimentReport(asked, metrics, {"signup": sent}, at(days), rules=rules or Rules())
    return found.summary().findings[0]


def test_a_sure_leader_with_enough_fresh_data_is_ready() -> None:
    found = finding(sure())
    assert found.ready
    assert found.undecided == ()


@pytest.mark.parametrize(
    ("days", "rules", "reason"),
    [
        (2, Rules(), "It ran for 2.0 days; at least 3 days are needed"),
        (35, Rules(min_days=36), "It ran for 35.0 days; at least 36 days are needed"),
        (35, Rules(min_units=1001), "Few units: control has 1000; at least 1001 are needed"),
        (
            45,
            Rules(),
            "The last event of the metric is 9.3 days old; in a running experiment, at most 2 days"
            " are expected",
        ),
        (
            35,
            Rules(false_alarms=0.0001),
            "bold has a mean above that of control with a probability of 99.9 %; a decision needs"
            " >99.9 %, for at most <0.1 % false alarms in this comparison",
        ),
    ],
)
def test_each_rule_gives_its_reason(days: float, rules: Rules, reason: str) -> None:
    found = finding(sure(), days, rules)
    assert found.undecided == (reason,)
    assert found.wins
    assert not found.ready


def test_nothing_wins_beside_a_warning_not_to_trust() -> None:
    found = finding(sure(mismatch=0.999))
    assert "do not trust these results" in found.against[0]
    assert not found.wins
    assert not found.ready


def test_old_data_of_a_stopped_experiment_are_expected() -> None:
    sent = experiment_json()
    sent["currentIteration"] |= {"status": "stopped", "endedAt": START + 35 * 86_400_000}
    asked = decode(Experiment, sent)
    found = ExperimentReport(asked, tuple(metrics_of(asked)), {"signup": sure()}, at(99))
    assert found.summary().ready


def test_a_correction_is_for_all_treatments_and_metrics() -> None:
    arms = {
        treatment_id(0): Arm(units=2000, conversions=200),
        treatment_id(1): Arm(units=2000, conversions=236),
    }
    sent = bayesian_results(arms)
    ended = experiment_json(secondary=("revenue", "load"))
    ended["currentIteration"] |= {"status": "stopped", "endedAt": START + 35 * 86_400_000}
    asked = decode(Experiment, ended)
    three = dict.fromkeys(("signup", "revenue", "load"), sent)
    assert report_of(asked, {"signup": sent}).summary().ready
    assert not report_of(asked, three).summary().ready
    assert report_of(asked, three, rules=Rules(correct=False)).summary().ready


@pytest.mark.parametrize(
    "wrong", [{"false_alarms": 0}, {"false_alarms": 1}, {"min_days": -1}, {"min_units": -1}]
)
def test_impossible_rules_are_refused(wrong: Any) -> None:
    with pytest.raises(ApiValueError, match=next(iter(wrong))):
        Rules(**wrong)


def compared(first: int, second: int, **more: Any) -> Any:
    arms = {
        treatment_id(0): Arm(units=2000, conversions=first),
        treatment_id(1): Arm(units=2000, conversions=second),
    }
    return frequentist_results(arms, baseline=treatment_id(0), **more)


def of_tested(sent: Any, **more: Any) -> Finding:
    return report_of(experiment(), {"signup": sent}, **more).summary().findings[0]


def test_frequentist_results_get_frequentist_words() -> None:
    found = of_tested(compared(200, 260), lower_is_better={"signup": False})
    assert found.statement == (
        "bold is significantly better than the baseline; it is 30.0 % better than control: its mean"
        " is 30.0 % higher (95 % confidence interval +9.3 % to +54.6 %; p = 0.0029)"
    )
    assert (found.leader, found.p_best, found.wins, found.ready) == ("bold", None, True, True)
    frame = report_of(experiment(), {"signup": compared(200, 260)}).summary().frame
    assert frame["methodology"].tolist() == ["frequentist"]


def test_a_significant_difference_without_a_direction_has_no_leader() -> None:
    found = of_tested(compared(200, 260))
    assert found.leader is None
    assert (
        "in a direction that is not known to be better or worse: bold has a mean 30.0 % above"
        in (found.statement)
    )
    one_sided = of_tested(compared(200, 260, alternative="greater"))
    assert one_sided.leader == "bold"


def test_a_baseline_leads_if_all_others_are_significantly_worse() -> None:
    found = of_tested(compared(200, 260), lower_is_better="signup")
    assert found.leader_is_baseline
    assert found.statement.startswith(
        "control (the baseline) is significantly better than all others; bold is 30.0 % worse than"
        " control"
    )


def test_nothing_significant_leads_nothing() -> None:
    found = of_tested(compared(200, 210))
    assert found.statement.startswith(
        "nothing is significantly different from the baseline, at a significance level of 5 %: bold"
    )
    assert of_tested(compared(0, 0)).statement.endswith("at a significance level of 5 %")


def test_some_worse_treatments_lead_nothing() -> None:
    arms = {treatment_id(n): Arm(units=2000, conversions=c) for n, c in enumerate((200, 100, 201))}
    sent = frequentist_results(arms, baseline=treatment_id(0))
    asked = experiment(("control", "bold", "third"))
    found = report_of(asked, {"signup": sent}, lower_is_better={"signup": False}).summary()
    assert found.findings[0].statement.startswith(
        "nothing is significantly better than the baseline, at a significance level of 5 %: bold is"
    )


def test_a_corrected_p_value_decides() -> None:
    loose = compared(200, 240)
    rules = Rules(false_alarms=0.001)
    found = of_tested(loose, lower_is_better={"signup": False}, rules=rules)
    assert found.wins
    assert found.undecided == (
        "The p-value is above the one that a decision needs after a correction for all metrics and"
        " treatments: 0.001",
    )
    corrected = compared(200, 260, correction="bonferroni")
    assert of_tested(corrected, lower_is_better={"signup": False}).ready


def test_small_counts_are_held_against_the_exact_test() -> None:
    """Fisher's exact test has a p-value of 0.065 where the score test has one of 0.035."""
    counts = {treatment_id(n): Arm(units=2000, conversions=c) for n, c in enumerate((2, 9))}
    tested = frequentist_results(counts, baseline=treatment_id(0))
    found = of_tested(tested, lower_is_better={"signup": False})
    assert found.wins
    assert found.undecided == (
        "The exact p-value is above the one that a decision needs after a correction for all"
        " metrics and treatments: 0.05",
    )
    rules = Rules(false_alarms=0.05)
    told = {"lower_is_better": {"signup": False}, "rules": rules}
    found = report_of(experiment(), {"signup": bayesian_results(counts)}, **told).summary()  # type: ignore[arg-type]
    assert found.findings[0].undecided == (
        "bold is better than control with a probability of at least 96.7 %; a decision needs 97.5"
        " %, for at most 5.0 % false alarms in this comparison",
    )
    sequential = frequentist_results(counts, baseline=treatment_id(0), sequential=True)
    assert of_tested(sequential).difference is None


@pytest.mark.parametrize(
    ("alternative", "correction"), [("greater", None), ("less", None), ("two-sided", "bonferroni")]
)
def test_the_exact_test_is_as_the_results_ask(alternative: Any, correction: Any) -> None:
    counts = {treatment_id(n): Arm(units=2000, conversions=c) for n, c in enumerate((200, 280, 20))}
    asked = experiment(("control", "bold", "third"))
    sent = frequentist_results(
        counts, baseline=treatment_id(0), alternative=alternative, correction=correction
    )
    told = {"signup": alternative == "less"}
    found = report_of(asked, {"signup": sent}, lower_is_better=told).summary().findings[0]
    assert found.leader == ("third" if alternative == "less" else "bold")
    assert found.ready


def test_the_probability_for_decisions_is_that_of_fishers_exact_test() -> None:
    rng = random.Random(13)
    for _ in range(60):
        n1, n2 = rng.randint(1, 300), rng.randint(1, 300)
        x1, x2 = rng.choice([0, n1, rng.randint(0, n1)]), rng.choice([0, n2, rng.randint(0, n2)])
        first, second = (BetaPosterior(1 + x, 1 + n - x) for x, n in ((x1, n1), (x2, n2)))
        exact = fisher_exact([[x1, n1 - x1], [x2, n2 - x2]], alternative="greater").pvalue
        assert p_at_least(first, second) == pytest.approx(1 - exact, abs=1e-9)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    counts=st.lists(st.integers(0, 400), min_size=2, max_size=4),
    units=st.lists(st.sampled_from([0, 1, 149, 150, 400, 3000]), min_size=4, max_size=4),
    mismatch=st.one_of(st.none(), st.floats(0, 1)),
    frequentist=st.booleans(),
    lower=st.sampled_from([None, True, False]),
    threshold=st.sampled_from(["50", "90", "99"]),
)
def test_nothing_wins_or_is_ready_beside_a_warning(
    counts: list[int],
    units: list[int],
    mismatch: float | None,
    frequentist: bool,
    lower: bool | None,
    threshold: str,
) -> None:
    names = [f"treatment {n}" for n in range(len(counts))]
    made = {
        treatment_id(n): Arm(units=total, conversions=min(count, total))
        for n, (count, total) in enumerate(zip(counts, units))
    }
    asked = experiment(names, analysisConfig={"bayesianThreshold": threshold})
    sent: Any = frequentist_results(made, baseline=treatment_id(0))
    if not frequentist:
        sent = bayesian_results(made)
        sent.probability_of_mismatch = mismatch
    told = None if lower is None else {"signup": lower}
    summary = report_of(asked, {"signup": sent}, lower_is_better=told).summary()
    (found,) = summary.findings
    warned = any("do not trust" in sentence for sentence in found.against)
    assert not (warned and found.wins)
    assert not (found.ready and (found.undecided or not found.wins))
    assert not (summary.ready and not found.ready)
    row = summary.frame.iloc[0]
    assert not (warned and row["wins"] is True)
    # Frequentist results have no probabilities in their words, and Bayesian ones no significance.
    assert ("probability of being best of" in found.statement) <= (not frequentist)
    assert ("significant" in found.statement) <= frequentist
    if lower is None:
        assert "better" not in found.statement.replace("known to be better or worse", "")
    for text in (str(summary), summary.to_html()):
        assert "nan" not in text.lower()
        assert "None" not in text


def test_another_methodology_than_the_experiments_is_told() -> None:
    for asked, sent, missing in (
        ("frequentist", sure(), "Bayesian: they contain no p-values"),
        ("bayesian", compared(200, 260), "frequentist: they contain no probabilities"),
    ):
        found = report_of(experiment(methodology=asked), {"signup": sent}).summary()
        assert found.title == f"New checkout (running, {asked})"
        assert any(missing.lower() in sentence.lower() for sentence in found.against)
        assert not found.ready
    same = report_of(experiment(methodology="frequentist"), {"signup": compared(200, 260)})
    assert same.summary().against == ()


@pytest.mark.parametrize(
    ("threshold", "more"),
    [
        *((0.9, {}), (0.8, {"arms": 3}), (0.8, {"metrics": 2}), (0.9, {"frequentist": True})),
        *((0.8, {"numeric": True}), (0.8, {"rate": 0.0025})),
    ],
)
def test_an_experiment_without_a_difference_is_seldom_ready(threshold: float, more: Any) -> None:
    count = 150
    share = ready_share(count, threshold=threshold, **more)
    level = 1 - threshold
    # Three standard deviations above the level, and not never.
    assert 0 < share <= level + 3 * (level * (1 - level) / count) ** 0.5


def test_significant_against_a_baseline_without_conversions_leads() -> None:
    """There is no lift from a rate of 0, but the difference has a direction."""
    found = of_tested(compared(0, 20), lower_is_better={"signup": False})
    assert (found.leader, found.statement) == (
        "bold",
        "bold is significantly better than the baseline",
    )
    assert of_tested(compared(0, 20), lower_is_better="signup").leader_is_baseline


def test_the_leader_of_several_tests_is_not_called_the_best() -> None:
    counts = {
        treatment_id(n): Arm(units=2000, conversions=c) for n, c in enumerate((200, 270, 265))
    }
    sent = frequentist_results(counts, baseline=treatment_id(0), correction="bonferroni")
    asked = experiment(("control", "bold", "third"))
    found = report_of(asked, {"signup": sent}, lower_is_better={"signup": False}).summary()
    statement = found.findings[0].statement
    assert statement.startswith(
        "bold is significantly better than the baseline, and so is third; bold is 35.0 % better"
    )
    # Its bounds are those of both comparisons together.
    assert "95 % corrected confidence interval" in statement


def test_a_baseline_that_leads_is_compared_with_each_treatment() -> None:
    sent = bayesian_results(
        {
            treatment_id(0): Arm(units=300, conversions=300),
            treatment_id(1): Arm(units=300, conversions=297),
        }
    )
    said = "control {} bold with a probability of at least 87.6 %; a decision needs 95.0 %, for at"
    for told, words in ((None, "has a mean above that of"), ({"signup": False}, "is better than")):
        found = (
            report_of(experiment(), {"signup": sent}, lower_is_better=told).summary().findings[0]
        )
        assert found.undecided[0].startswith(said.format(words))


UNEVEN: dict[str, Any] = {"numeric": True, "rate": 0.03, "units": 150, "other_units": 6000}


def test_uneven_amounts_in_treatments_of_different_sizes_wait_for_units() -> None:
    """Without the guard, twice as many experiments without a difference are ready as promised."""
    assert ready_share(150, max_skewness=math.inf, **UNEVEN) > 0.18
    assert ready_share(150, **UNEVEN) == 0


def amounts(units: int, *, mean: float = 3.0, deviation: float = 15.0) -> Arm:
    return Arm(
        units=units,
        total=units * mean,
        total_of_squares=units * mean**2 + (units - 1) * deviation**2,
    )


def doubt_of_skewness(*arms: Arm, frequentist: bool, **more: Any) -> str | None:
    made = {treatment_id(n): arm for n, arm in enumerate(arms)}
    sent: Any = bayesian_results(made)
    if frequentist:
        sent = frequentist_results(made, baseline=treatment_id(0))
    names = [f"arm {n}" for n in range(len(arms))]
    found = report_of(experiment(names), {"signup": sent}, **more).summary().findings[0]
    said = [s for s in found.undecided if s.startswith("Not enough units for a normal")]
    return said[0] if said else None


@pytest.mark.parametrize("frequentist", [False, True])
def test_the_units_that_are_enough_are_enough(frequentist: bool) -> None:
    said = doubt_of_skewness(amounts(400), amounts(1200), frequentist=frequentist)
    assert said == (
        "Not enough units for a normal approximation, as few units have most of the metric and the"
        " treatments differ in size: arm 0 has 400 and arm 1 has 1,200; about 2,727 and 8,180 are"
        " needed"
    )
    assert doubt_of_skewness(amounts(2730), amounts(8190), frequentist=frequentist) is None
    assert doubt_of_skewness(amounts(2700), amounts(8100), frequentist=frequentist)


@pytest.mark.parametrize("frequentist", [False, True])
@pytest.mark.parametrize(
    "arms",
    [
        # Skewness cancels, is not known of negative values, or cannot be told from the deviation.
        (amounts(400), amounts(400)),
        (amounts(400, mean=-3.0), amounts(1200, mean=-3.0)),
        (amounts(400, deviation=3.0), amounts(1200, deviation=3.0)),
        (Arm(units=400, conversions=4), Arm(units=1200, conversions=12)),
        (amounts(400, mean=3.0), Arm(units=0, total=0, total_of_squares=0)),
    ],
)
def test_other_results_do_not_wait_for_a_normal_approximation(
    arms: tuple[Arm, ...], frequentist: bool
) -> None:
    assert doubt_of_skewness(*arms, frequentist=frequentist) is None


def test_a_rule_turns_the_guard_off() -> None:
    rules = Rules(max_skewness=math.inf)
    arms = amounts(400), amounts(1200)
    assert doubt_of_skewness(*arms, frequentist=True, rules=rules) is None
