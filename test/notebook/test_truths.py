"""Each sentence and number about a difference, held against the truth.

The truth is computed in ``truths.py``, without the package. Every sentence must be one of those
known here, so that none is unchecked.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from scipy import stats  # type: ignore[import-untyped,unused-ignore]

from launchdarkly_api.analysis import Arm, bayesian_results, frequentist_results
from launchdarkly_api.model.credible_interval_rep import CredibleIntervalRep
from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
from launchdarkly_api.model.relative_difference_rep import RelativeDifferenceRep
from launchdarkly_api.model.treatment_result_rep import TreatmentResultRep
from launchdarkly_api.notebook import Finding, differences_frame, report_of, results_frame
from test.notebook.examples import experiment, treatment_id
from test.notebook.truths import Rate, Truth, Units, Values, tail

NAMES = ("control", "bold", "third")

CASES: dict[str, tuple[Units, ...]] = {
    "equal rates": (Rate(2000, 200), Rate(2000, 200)),
    "a higher rate": (Rate(2000, 200), Rate(2000, 240)),
    "a lower rate": (Rate(2000, 240), Rate(2000, 200)),
    "nearly equal rates": (Rate(5000, 500), Rate(5000, 507)),
    "rates near 1": (Rate(2000, 1970), Rate(2000, 1982)),
    "all converted": (Rate(300, 300), Rate(300, 297)),
    "few conversions": (Rate(2000, 2), Rate(2000, 9)),
    "no conversions": (Rate(2000, 0), Rate(2000, 20)),
    "tiny rates": (Rate(1_000_000, 12), Rate(1_000_000, 20)),
    "a tiny lift": (Rate(10**8, 10**7), Rate(10**8, 10**7 + 9000)),
    "hundreds of times as many": (Rate(10_000, 1), Rate(10_000, 900)),
    "one unit": (Rate(1, 0), Rate(1, 1)),
    "few units": (Rate(8, 2), Rate(8, 5)),
    "unequal sizes": (Rate(200, 24), Rate(4000, 400)),
    "a small new arm": (Rate(4000, 400), Rate(150, 21)),
    "equal means": (Values(400, 20.0, 8.0), Values(400, 20.0, 8.0)),
    "a higher mean": (Values(400, 20.0, 8.0), Values(400, 21.0, 8.0)),
    "a lower mean": (Values(400, 21.0, 8.0), Values(400, 20.0, 8.0)),
    "means below 1": (Values(900, 0.41, 0.3), Values(900, 0.45, 0.3)),
    "few values": (Values(5, 20.0, 8.0), Values(6, 25.0, 9.0)),
    "two values": (Values(2, 20.0, 2.0), Values(2, 25.0, 3.0)),
    "unequal values": (Values(200, 12.0, 9.0), Values(6000, 13.0, 7.0)),
    "large means": (Values(4000, 1e9, 1e8), Values(4000, 1.004e9, 1e8)),
    "negative means": (Values(400, -20.0, 8.0), Values(400, -21.0, 8.0)),
    "means less negative": (Values(400, -21.0, 8.0), Values(400, -20.0, 8.0)),
    "a mean near zero": (Values(400, 0.1, 8.0), Values(400, 0.6, 8.0)),
    "across zero": (Values(400, -2.0, 8.0), Values(400, 0.6, 8.0)),
    "far from a negative mean": (Values(400, -0.01, 0.02), Values(400, 3.0, 8.0)),
    "three rates": (Rate(2000, 200), Rate(2000, 230), Rate(2000, 245)),
    "two of three better": (Rate(2000, 200), Rate(2000, 260), Rate(2000, 270)),
    "the first of three": (Rate(2000, 300), Rate(2000, 220), Rate(2000, 245)),
    "three equal rates": (Rate(500, 50), Rate(500, 50), Rate(500, 50)),
    "three means": (Values(300, 10.0, 5.0), Values(300, 11.0, 5.0), Values(200, 9.0, 4.0)),
    "three negative means": (Values(300, -10.0, 5.0), Values(300, -11.0, 5.0), Values(99, -9, 4)),
}
every_case = pytest.mark.parametrize("units", CASES.values(), ids=CASES.keys())
NEAR_ZERO = ("a mean near zero", "across zero", "far from a negative mean")
DIRECTIONS = (None, False, True)
IDS = dict(zip(NAMES, map(treatment_id, range(3))))

NUMBER = r"[<>]?[-+]?[\d,.]+(?: %|x)"
BOUNDS = rf"{NUMBER} to {NUMBER}|{NUMBER} or more|{NUMBER} or less|without bounds"
BEHIND = (
    rf" \((?P<level>[\d.]+ %) (?P<kind>[a-z ]+) interval (?P<bounds>{BOUNDS})"
    rf"(?:; (?P<side>above|below|better|worse) with a probability of (?:about )?(?P<p>{NUMBER})"
    r"|; p (?P<p_value>[=<] [\d.e-]+))?\)"
)
COMPARED = "|".join(
    (
        r"is (?P<size>[\d,.]+ %) (?P<word>better|worse) than (?P<other>\w+): its mean is"
        r" (?P<change>[\d,.]+ %) (?P<way>higher|lower)",
        r"is (?P<word2>better|worse) than (?P<other2>\w+): its mean is (?P<ratio>[\d,]+x) as high",
        r"has a mean (?P<size3>[\d,.]+ %) (?P<word3>above|below) that of (?P<other3>\w+)",
        r"has a mean (?P<ratio4>[\d,]+x) as high as that of (?P<other4>\w+)",
        r"(?P<same>has the same mean as) (?P<other5>\w+)",
    )
)
CLAUSE = re.compile(rf"(?P<name>\w+) (?:{COMPARED}){BEHIND}")
LEADS = re.compile(
    rf"(?P<name>\w+)(?P<base> \(the baseline\))? leads with a probability of being best of"
    rf" (?P<p>{NUMBER}), which (?P<reaches>reaches|does not reach) the threshold of 90 %"
    r"(?:; (?P<rest>.+))?"
)
DOUBT = re.compile(
    rf"(?P<name>\w+) (?:is (?P<better>better) than (?P<other>\w+)|has a mean (?P<word>above|below)"
    rf" that of (?P<other2>\w+)) with a probability of (?P<least>at least )?(?P<p>{NUMBER}); a"
    rf" decision needs (?P<needed>{NUMBER}), for at most {NUMBER} false alarms in this comparison"
)

KNOWN_DOUBTS = ("Few units: ", "P(best) of ", "control, bold", "bold, third have the same prob")
TESTED = re.compile(
    r"(?:(?P<base>control) \(the baseline\) is significantly better than all others"
    r"|(?P<name>\w+) is significantly better than the baseline"
    r"(?:, and so (?:is|are) (?P<also>[\w, ]+))?)(?:; (?P<rest>.+))?"
)
NOTHING = re.compile(
    r"(?:(?P<no>nothing is significantly (?:different from|(?P<known>better) than))"
    r"|significantly different from) the baseline, at a significance level of 5 %"
    r"(?:, in a direction that is not known to be better or worse)?(?:: (?P<rest>.+))?"
)


def number(text: str) -> float:
    """A number as a fraction. A ratio becomes a lift."""
    plain = text.lstrip("<>").replace(",", "")
    return float(plain[:-1]) - 1 if plain.endswith("x") else float(plain.removesuffix(" %")) / 100


def close(text: str, truth: float, margin: float = 0.0) -> bool:
    """Whether a number is told, rounded as it is. A bound such as ``<0.1 %`` is one."""
    told = number(text)
    if text.startswith("<"):
        return truth <= told + margin
    if text.startswith(">"):
        return truth >= told - margin
    digits = text.replace(",", "").strip(" %x").partition(".")[2]
    unit = (1.0 if text.endswith("x") else 0.01) * 10.0 ** -len(digits)
    return abs(told - truth) <= unit * 0.51 + margin


@cache
def truth_of(units: tuple[Units, ...]) -> Truth:
    return Truth(dict(zip(NAMES, units)))


class Told:
    """What a report tells of treatments, with the truth to hold it against."""

    def __init__(self, units: tuple[Units, ...], results: Any, margin: float, level: float) -> None:
        self.units = dict(zip(NAMES, units))
        self.truth = truth_of(units)
        self.results, self.margin, self.level = results, margin, level
        self.asked = experiment(NAMES[: len(units)])
        for treatment, own in zip(self.asked.current_iteration.treatments, units):
            treatment.allocation_percent = str(own.units)

    def finding(self, lower: bool | None) -> Finding:
        told = None if lower is None else {"signup": lower}
        return (
            report_of(self.asked, {"signup": self.results}, lower_is_better=told)
            .summary()
            .findings[0]
        )

    def better(self, name: str, other: str, lower: bool | None) -> float:
        above = self.truth.above(name, other)
        return 1 - above if lower else above

    def check_clause(self, text: str, lower: bool | None) -> None:
        """Check a clause about a difference, which must be all of the text."""
        found = CLAUSE.fullmatch(text)
        assert found, text
        said = {key: value for key, value in found.groupdict().items() if value}
        name = said["name"]
        other = next(value for key, value in said.items() if key.startswith("other"))
        lift = self.truth.lift(name, other) if self.bayesian else self.sample_lift(name, other)
        self.check_lift(said, lift, lower)
        self.check_bounds(said, name, other)
        if "p" in said:
            words = {"above": (True, None), "below": (False, None)}
            up = (
                words[said["side"]][0]
                if said["side"] in words
                else (said["side"] == "better") != lower
            )
            # The probability is that of what the sentence claims.
            assert lift == 0 or up == (lift > 0), text
            above = self.truth.above(name, other)
            assert close(said["p"], above if up else 1 - above, self.margin), (text, above)
        if "p_value" in said:
            self.check_p_value(said["p_value"], name)

    @property
    def bayesian(self) -> bool:
        return isinstance(self.results, ExperimentBayesianResultsRep)

    def sample_lift(self, name: str, other: str) -> float:
        own, base = self.units[name].mean, self.units[other].mean
        return (own - base) / abs(base)

    def check_lift(self, said: dict[str, str], lift: float, lower: bool | None) -> None:
        assert ("same" in said) == (lift == 0), said
        for key in ("word", "word2"):
            if key in said:
                assert (said[key] == "better") == ((lift > 0) != lower), said
        assert "word3" not in said or (said["word3"] == "above") == (lift > 0), said
        assert "way" not in said or (said["way"] == "higher") == (lift > 0), said
        for key in ("size", "change", "size3"):
            assert key not in said or close(said[key], abs(lift)), (said, lift)
        for key in ("ratio", "ratio4"):
            assert key not in said or close(said[key], lift), (said, lift)
        assert lower is not None or not {"word", "word2"} & said.keys(), said

    def check_bounds(self, said: dict[str, str], name: str, other: str) -> None:
        told = re.findall(NUMBER, said["bounds"])
        assert float(said["level"][:-2]) / 100 == pytest.approx(self.level)
        kind = "credible" if self.bayesian else "confidence"
        corrected = not self.bayesian and self.results.correction
        assert said["kind"] == ("corrected " if corrected else "") + kind
        below = [self.below(number(text), name, other) for text in told]
        sides = [(1 - self.level) / 2, (1 + self.level) / 2]
        if corrected:
            each = (1 - self.level) / (len(self.units) - 1)
            sides = [each / 2, 1 - each / 2]
        if "or more" in said["bounds"]:
            sides = [1 - self.level]
        # Bounds are told in two or three digits.
        assert below == pytest.approx(sides[: len(below)], abs=0.02), said

    def below(self, lift: float, name: str, other: str) -> float:
        if self.bayesian:
            return self.truth.below_lift(lift, name, other)
        return tail(self.units[name], self.units[other], lift)

    def check_p_value(self, text: str, name: str) -> None:
        p = self.p_value(name)
        sign, value = text.split()
        assert p < 0.0001 if sign == "<" else float(value) == pytest.approx(p, rel=0.06, abs=1e-4)

    def check_finding(self, lower: bool | None) -> None:
        found = self.finding(lower)
        self.check_statement(found, lower)
        self.check_doubts(found, lower)

    def check_statement(self, found: Finding, lower: bool | None) -> None:
        leads = LEADS.fullmatch(found.statement)
        if leads is None:
            assert found.statement == (
                "nothing leads, no treatment is more probably the best than the others"
            )
            best = [self.truth.best(name, lower=bool(lower)) for name in self.units]
            assert sorted(best)[-2] == pytest.approx(max(best), abs=1e-6)
            return
        name = leads["name"]
        best = {each: self.truth.best(each, lower=bool(lower)) for each in self.units}
        assert best[name] >= max(best.values()) - self.margin - 1e-3
        assert close(leads["p"], best[name], 1e-3)
        assert (leads["reaches"] == "reaches") == (best[name] >= 0.9)
        assert bool(leads["base"]) == (name == NAMES[0])
        if leads["rest"]:
            self.check_clause(re.sub("^it ", f"{name} ", leads["rest"]), lower)

    def check_doubts(self, found: Finding, lower: bool | None) -> int:
        """Check the reasons for doubt. Return how many are about probabilities."""
        checked = 0
        for sentence in found.against:
            doubt = DOUBT.fullmatch(sentence)
            if doubt is None:
                assert sentence.startswith(KNOWN_DOUBTS)
                continue
            name, other = doubt["name"], doubt["other"] or doubt["other2"]
            down = lower if doubt["better"] else doubt["word"] == "below"
            p = self.better(name, other, down)
            needed = number(doubt["needed"])
            assert (
                p >= number(doubt["p"]) - 2e-3
                if doubt["least"]
                else close(doubt["p"], p, self.margin)
            )
            assert number(doubt["p"]) <= needed
            checked += 1
        return checked

    def check_test(self, found: Finding, lower: bool | None) -> None:
        """Check the statement about tests, and the reasons for doubt."""
        statement, alpha = found.statement, 0.05
        down = self.results.alternative == "less" if lower is None else lower
        p = {name: self.p_value(name) for name in list(self.units)[1:]}
        gains = {name: self.units[name].mean - self.units[NAMES[0]].mean for name in p}
        better = {
            name
            for name in p
            if p[name] <= alpha and (gains[name] < 0 if down else gains[name] > 0)
        }
        leads = TESTED.fullmatch(statement)
        nothing = NOTHING.fullmatch(statement)
        if leads and leads["base"]:
            assert not better
            assert all(value <= alpha for value in p.values())
        elif leads:
            also = set(filter(None, (leads["also"] or "").split(", ")))
            assert {leads["name"], *also} == better
        else:
            assert nothing, statement
            assert bool(nothing["no"]) == (
                not any(v <= alpha for v in p.values()) or bool(nothing["known"])
            )
            assert not (better and lower is not None)
        rest = (leads or nothing)["rest"]  # type: ignore[index]
        for clause in filter(None, re.split(r"; (?=\w+ (?:is|has) )", rest or "")):
            name = leads["name"] if leads else ""
            self.check_clause(re.sub("^it ", f"{name} ", clause), lower)
        for sentence in found.against:
            assert sentence.startswith(("Few units: ", "The p-value is", "The exact p-value is")), (
                sentence
            )
            if sentence.startswith("The exact"):
                needed = float(sentence.rpartition(" ")[2])
                assert self.fisher(found.rival or found.leader or "") > needed

    def fisher(self, name: str) -> float:
        """The p-value of Fisher's exact test, of both sides as twice the smaller one."""
        counts = [self.units[name], self.units[NAMES[0]]]
        table = [[u.conversions, u.units - u.conversions] for u in counts if isinstance(u, Rate)]
        more, less = (
            float(stats.fisher_exact(table, alternative=side).pvalue)
            for side in ("greater", "less")
        )
        p = more if self.results.alternative == "greater" else 2 * min(more, less)
        return p * (len(self.units) - 1) if self.results.correction else p

    def p_value(self, name: str) -> float:
        """The p-value of the comparison with the baseline."""
        above = tail(self.units[name], self.units[NAMES[0]])
        p = above if self.results.alternative != "two-sided" else 2 * min(above, 1 - above)
        return min(1.0, p * (len(self.units) - 1)) if self.results.correction else p

    def check_tested_frames(self) -> None:
        for row in results_frame(self.results, self.asked).itertuples():
            own = self.units[row.name]
            assert row.mean == pytest.approx(own.mean)
            if isinstance(own, Values):
                # The interval has the means that Student's test does not refuse.
                for end in (row.ci_low, row.ci_high):
                    t = abs(end - own.mean) / own.error
                    assert 2 * stats.t.sf(t, own.units - 1) == pytest.approx(0.05, abs=1e-6)
            else:
                wilson = stats.binomtest(own.conversions, own.units).proportion_ci(method="wilson")
                assert (row.ci_low, row.ci_high) == pytest.approx(
                    (wilson.low, wilson.high), abs=1e-9
                )
            if row.name != NAMES[0]:
                assert row.p_value == pytest.approx(self.p_value(row.name), rel=0.01, abs=1e-6)

    def check_frames(self) -> None:
        """Check the numbers of the frames."""
        for row in differences_frame(self.results, self.asked).itertuples():
            pair = row.name, row.from_name
            assert row.lift == pytest.approx(self.truth.lift(*pair), rel=1e-6, abs=1e-9)
            assert row.p_above_zero == pytest.approx(
                self.truth.above(*pair), abs=self.margin + 1e-3
            )
            bounds = [self.truth.below_lift(x, *pair) for x in (row.rel_low, row.rel_high)]
            sides = [(1 - self.level) / 2, (1 + self.level) / 2]
            assert bounds == pytest.approx(sides, abs=0.003)

    def check_means(self, *, densest: bool) -> None:
        for row in results_frame(self.results, self.asked).itertuples():
            law = self.truth.laws[row.name]
            assert law.cdf(row.ci_high) - law.cdf(row.ci_low) == pytest.approx(self.level, abs=1e-3)
            assert densest or law.cdf(row.ci_low) == pytest.approx((1 - self.level) / 2, abs=1e-3)
            assert row.mean == pytest.approx(self.truth.centre(row.name))


def arm(units: Units) -> Arm:
    if isinstance(units, Rate):
        return Arm(units=units.units, conversions=units.conversions)
    squares = (units.units - 1) * units.deviation**2 + units.units * units.mean**2
    return Arm(units=units.units, total=units.units * units.mean, total_of_squares=squares)


def arms(units: tuple[Units, ...]) -> dict[str, Arm]:
    return dict(zip(IDS.values(), map(arm, units)))


@every_case
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_what_is_told_of_counts_is_true(units: tuple[Units, ...], level: float) -> None:
    for lower in DIRECTIONS:
        results = bayesian_results(arms(units), lower_is_better=bool(lower), level=level)
        told = Told(units, results, 0.002, level)
        told.check_finding(lower)
        told.check_frames()
        told.check_means(densest=False)


def results_of_a_service(
    units: tuple[Units, ...], *, densest: bool, lower: bool
) -> ExperimentBayesianResultsRep:
    """Results as a service sends them, computed from the laws alone."""
    truth = truth_of(units)
    return ExperimentBayesianResultsRep(
        treatment_results=[
            TreatmentResultRep(
                treatment_id=IDS[name],
                treatment_name=name,
                mean=truth.centre(name),
                credible_interval=interval_of(units, name, densest=densest),
                p_best=truth.best(name, lower=lower),
                units=arm.units,
                relative_differences=differences_of(units, name),
            )
            for name, arm in zip(NAMES, units)
        ]
    )


@cache
def interval_of(units: tuple[Units, ...], name: str, *, densest: bool) -> CredibleIntervalRep:
    truth = truth_of(units)
    low, high = truth.densest(name) if densest else truth.laws[name].ppf([0.05, 0.95])
    return CredibleIntervalRep(lower=float(low), upper=float(high))


@cache
def differences_of(units: tuple[Units, ...], name: str) -> list[RelativeDifferenceRep]:
    found = []
    for other, _ in zip(NAMES, units):
        if other != name:
            low, high = (truth_of(units).lift_quantile(p, name, other) for p in (0.05, 0.95))
            found.append(RelativeDifferenceRep(lower=low, upper=high, from_treatment_id=IDS[other]))
    return found


def with_priors(units: tuple[Units, ...]) -> tuple[Units, ...]:
    """The same, with a prior around the first arm, and with deviations that are known."""
    first = units[0]
    if isinstance(first, Values):
        # An interval of two values does not tell a normal law from Student's.
        return tuple(replace(one, known=one.units > 4) for one in units)  # type: ignore[call-arg]
    rate = (first.conversions + 1) / (first.units + 2)
    prior = (20 * rate, 20 * (1 - rate))
    return (first, *(replace(one, prior=prior) for one in units[1:]))  # type: ignore[call-arg]


@every_case
@pytest.mark.parametrize("densest", [False, True])
def test_what_is_told_of_a_services_results_is_true(
    units: tuple[Units, ...], densest: bool
) -> None:
    units = with_priors(units)
    for lower in DIRECTIONS:
        results = results_of_a_service(units, densest=densest, lower=bool(lower))
        told = Told(units, results, 0.02, 0.9)
        told.check_finding(lower)
        told.check_frames()
        told.check_means(densest=densest)


@pytest.mark.parametrize(
    "units",
    # A ratio of means that may have either sign has no logarithm.
    [one for name, one in CASES.items() if name not in ("two values", *NEAR_ZERO)],
    ids=[name for name in CASES if name not in ("two values", *NEAR_ZERO)],
)
def test_what_is_told_of_bounds_alone_is_nearly_true(units: tuple[Units, ...]) -> None:
    """Without intervals of the means, a ratio is taken for log-normal."""
    for lower in DIRECTIONS:
        results = results_of_a_service(units, densest=False, lower=bool(lower))
        for treatment in results.treatment_results or []:
            treatment.credible_interval = None
        told = Told(units, results, 0.04, 0.9)
        told.check_finding(lower)
        told.check_frames()


@every_case
@pytest.mark.parametrize(
    ("alternative", "correction"),
    [("two-sided", None), ("two-sided", "bonferroni"), ("greater", None)],
)
def test_what_is_told_of_tests_is_true(
    units: tuple[Units, ...], alternative: Any, correction: Any
) -> None:
    results = frequentist_results(
        arms(units), baseline=IDS["control"], alternative=alternative, correction=correction
    )
    told = Told(units, results, 0.0, 0.95)
    for lower in DIRECTIONS if alternative == "two-sided" else (None, False):
        told.check_test(told.finding(lower), lower)
    told.check_tested_frames()
