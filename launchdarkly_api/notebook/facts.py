"""What experiments and results say, joined and cleaned of what is not there.

Frames, pictures and summaries all read from here. Nothing is computed but what is named an
approximation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import unquote

from launchdarkly_api._display.text import MAX_TEXT, as_number, shortened
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
from launchdarkly_api.model.experiment_results import ExperimentResults
from launchdarkly_api.model.iteration_rep import IterationRep
from launchdarkly_api.model.metric_v2_rep import MetricV2Rep
from launchdarkly_api.model.treatment_rep import TreatmentRep
from launchdarkly_api.model.treatment_result_rep import TreatmentResultRep

#: What may stand for an experiment where only its iteration matters.
Asked: TypeAlias = Experiment | IterationRep | None

#: The probability that the service's intervals hold.
LEVEL = 0.9
#: Half the width of a normal distribution's central 90 %, in standard deviations.
_Z = 1.6448536269514722


@dataclass(frozen=True)
class Metric:
    """A metric that an iteration measures. ``numeric`` is None where the service does not say."""

    key: str
    name: str
    primary: bool
    numeric: bool | None


@dataclass(frozen=True)
class Difference:
    """How far a treatment lies from another one: 90 % bounds, as fractions of the other's mean."""

    from_id: str | None
    from_name: str | None
    #: None where the baseline is not known.
    from_baseline: bool | None
    low: float | None
    high: float | None

    @property
    def approximate_middle(self) -> float | None:
        """The middle of the bounds. The service sends no point estimate."""
        if self.low is None or self.high is None:
            return None
        return finite(self.low / 2 + self.high / 2)

    @property
    def approximate_p_above_zero(self) -> float | None:
        """The probability of more than zero, of the normal distribution with these bounds."""
        middle = self.approximate_middle
        if middle is None or self.low is None or self.high is None or not self.high > self.low:
            return None
        deviation = finite((self.high - self.low) / (2 * _Z))
        return None if deviation is None else 0.5 * math.erfc(-middle / deviation / math.sqrt(2))


@dataclass(frozen=True)
class Arm:
    """A treatment of one metric's results. None is what is not known."""

    id: str | None
    name: str | None
    is_baseline: bool | None
    mean: float | None
    low: float | None
    high: float | None
    p_best: float | None
    units: int | None
    differences: tuple[Difference, ...]

    def difference_from(self, treatment_id: str | None) -> Difference | None:
        return next((d for d in self.differences if d.from_id == treatment_id), None)


def finite(value: float | None) -> float | None:
    """The number, if it is neither missing nor infinite."""
    return value if value is not None and math.isfinite(value) else None


def whole(value: Any) -> int | None:
    """A whole number that 64 bits hold."""
    fits = isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
    return value if fits else None


def text(value: Any) -> str | None:
    """A text that is one and says something. Halves of surrogate pairs are replaced."""
    if not isinstance(value, str) or not value:
        return None
    return value.encode("utf-8", "replace").decode("utf-8")


def expect(value: object, kinds: tuple[type, ...], name: str) -> None:
    """Say clearly that a function was given something else than it reads."""
    if not isinstance(value, kinds):
        known = " or an ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"{name} must be an {known}, got {type(value).__name__}")


def iteration_of(asked: Asked) -> IterationRep | None:
    """The iteration that counts: the current one, before the first one the draft."""
    if isinstance(asked, Experiment):
        return asked.current_iteration or asked.draft_iteration
    if asked is not None:
        expect(asked, (Experiment, IterationRep), "experiment")
    return asked


def treatments_of(asked: Asked) -> list[TreatmentRep] | None:
    """The treatments, None where the experiment was not asked for with ``expand=treatments``."""
    iteration = iteration_of(asked)
    return None if iteration is None else iteration.treatments


def baseline_id(asked: Asked) -> str | None:
    """The id of the treatment that the others are compared with, where it is known."""
    return next((t.id for t in treatments_of(asked) or () if t.baseline), None)


def metrics_of(asked: Asked) -> list[Metric]:
    """The metrics of the iteration, the primary one first.

    A metric group stands for the metrics in it, which are what results exist of.
    """
    iteration = iteration_of(asked)
    if iteration is None:
        return []
    found: dict[str, Metric] = {}
    for sent, primary in [
        (iteration.primary_metric, True),
        *((m, False) for m in iteration.secondary_metrics or ()),
    ]:
        # In a group the last step decides; the service puts the primary metric first all the same.
        for member in _members(sent):
            metric = _metric(member, primary and not found)
            if metric is not None:
                found.setdefault(metric.key, metric)
    return list(found.values())


def _members(metric: MetricV2Rep | None) -> Iterable[Any]:
    if metric is None:
        return ()
    members = metric.get("metrics")
    return members if metric.get("isGroup") and isinstance(members, list) and members else (metric,)


def _metric(sent: Any, primary: bool) -> Metric | None:
    if not isinstance(sent, (Mapping, MetricV2Rep)):
        return None
    key, numeric = text(sent.get("key")), sent.get("isNumeric")
    if key is None:
        return None
    name = text(sent.get("name")) or key
    return Metric(key, name, primary, numeric if isinstance(numeric, bool) else None)


def metric_of(
    results: ExperimentBayesianResultsRep | ExperimentResults, asked: Asked = None
) -> Metric | None:
    """The metric that results are of. They name it in the address of themselves only."""
    link = (results.links or {}).get("self")
    href = None if link is None else link.href
    pattern = (
        r"/metrics/([^/?]+)/results"
        if isinstance(results, ExperimentBayesianResultsRep)
        else r"/experiments/[^/]+/([^/?]+)"
    )
    found = re.search(pattern, href) if isinstance(href, str) else None
    if found is None:
        return None
    key = unquote(found.group(1))
    return next((m for m in metrics_of(asked) if m.key == key), Metric(key, key, False, None))


def arms(results: ExperimentBayesianResultsRep, asked: Asked = None) -> list[Arm]:
    """The treatments of the results, in the service's order."""
    expect(results, (ExperimentBayesianResultsRep,), "results")
    known = treatments_of(asked)
    by_id = {t.id: t for t in known or () if t.id is not None}
    sent = results.treatment_results or []
    names = {t.id: text(t.name) for t in by_id.values()} | {
        r.treatment_id: text(r.treatment_name)
        for r in sent
        if r.treatment_id is not None and text(r.treatment_name)
    }

    def is_baseline(treatment_id: str | None) -> bool | None:
        treatment = by_id.get(treatment_id or "")
        return None if treatment is None else bool(treatment.baseline)

    def differences(result: TreatmentResultRep) -> Iterable[Difference]:
        for sent in result.relative_differences or ():
            other = text(sent.from_treatment_id)
            yield Difference(
                other,
                names.get(other),
                is_baseline(other),
                as_number(sent.lower),
                as_number(sent.upper),
            )

    return [
        Arm(
            id=text(result.treatment_id),
            name=text(result.treatment_name) or names.get(result.treatment_id),
            is_baseline=is_baseline(result.treatment_id),
            mean=as_number(result.mean),
            low=as_number(result.credible_interval.lower) if result.credible_interval else None,
            high=as_number(result.credible_interval.upper) if result.credible_interval else None,
            p_best=as_number(result.p_best),
            units=whole(result.units),
            differences=tuple(differences(result)),
        )
        for result in sent
    ]


def from_baseline(arm: Arm, baseline: str | None) -> Difference | None:
    """How far a treatment lies from the baseline.

    Where that is not known, the only difference there is, if there is one only.
    """
    if baseline is not None:
        return arm.difference_from(baseline)
    return arm.differences[0] if len(arm.differences) == 1 else None


def labels(names: Sequence[str | None], noun: str = "treatment") -> list[str]:
    """What to call each of these in a picture. Those of the same name get a number."""
    plain = [
        shortened(" ".join(_INVISIBLE.sub(" ", name or "").split()), MAX_TEXT) or f"{noun} {index}"
        for index, name in enumerate(names)
    ]
    return [
        f"{label} #{plain[: index + 1].count(label)}" if plain.count(label) > 1 else label
        for index, label in enumerate(plain)
    ]


#: Controls, and marks that turn the direction of the text around them.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def variation_labels(results: ExperimentResults) -> list[str]:
    """What to call the variations of legacy results, of which ``metadata`` holds any value."""
    expect(results, (ExperimentResults,), "results")
    slices = [s.variation_data.value for s in results.series or () if s.variation_data is not None]
    metadata = [m.key for m in results.metadata or ()]
    count = max(map(len, [metadata, results.totals or [], *slices]), default=0)
    known = [None if key is None else text(str(key)) for key in metadata]
    return labels(known + [None] * (count - len(known)), "variation")


def threshold_of(experiment: Experiment | None) -> float | None:
    """The probability of being best from which the experiment has a winner, where it is sent.

    It is sent in per cent. No experiment is decided at 1 %, so what is not above 1 is a fraction.
    """
    analysis = None if experiment is None else experiment.get("analysisConfig")
    sent = analysis.get("bayesianThreshold") if isinstance(analysis, Mapping) else None
    try:
        threshold = as_number(float(sent) if isinstance(sent, str) else sent)
    except ValueError:
        return None
    if threshold is None or not 0 < threshold <= 100:
        return None
    return threshold if threshold <= 1 else threshold / 100
