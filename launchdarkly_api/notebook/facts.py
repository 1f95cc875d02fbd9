"""Facts about experiments, with unusable values replaced by None."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from launchdarkly_api._display.text import MAX_TEXT, as_number, shortened
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_results import ExperimentResults
from launchdarkly_api.model.iteration_rep import IterationRep
from launchdarkly_api.model.metric_in_group_rep import MetricInGroupRep
from launchdarkly_api.model.metric_v2_rep import MetricV2Rep
from launchdarkly_api.model.treatment_rep import TreatmentRep

#: An experiment, or its iteration, from which functions read the treatments and the metrics.
ExperimentLike: TypeAlias = Experiment | IterationRep | None


@dataclass(frozen=True)
class Metric:
    """A metric of an iteration. ``numeric`` is None if the service did not report it."""

    key: str
    name: str
    primary: bool
    numeric: bool | None


def finite(value: float | None) -> float | None:
    """Return the number, or None if it is missing or infinite."""
    return value if value is not None and math.isfinite(value) else None


def whole(value: Any) -> int | None:
    """Return the value if it is an integer that fits into 64 bits, else None."""
    fits = isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
    return value if fits else None


def clean_text(value: Any) -> str | None:
    """Return the value if it is a non-empty string, else None. Lone surrogates are replaced."""
    if not isinstance(value, str) or not value:
        return None
    return value.encode("utf-8", "replace").decode("utf-8")


def expect(value: object, kinds: tuple[type, ...], name: str) -> None:
    """Raise a clear ``TypeError`` if an argument is of none of these types."""
    if not isinstance(value, kinds):
        known = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"{name} must be of type {known}, got {type(value).__name__}")


def iteration_of(source: ExperimentLike) -> IterationRep | None:
    """Return the current iteration, or the draft if no iteration has started yet."""
    if isinstance(source, Experiment):
        return source.current_iteration or source.draft_iteration
    if source is not None:
        expect(source, (Experiment, IterationRep), "experiment")
    return source


def treatments_of(source: ExperimentLike) -> list[TreatmentRep] | None:
    """Return the treatments, or None if they were not fetched with ``expand=treatments``."""
    iteration = iteration_of(source)
    return None if iteration is None else iteration.treatments


def baseline_id(source: ExperimentLike) -> str | None:
    """Return the id of the baseline treatment, or None if it is unknown."""
    return next((t.id for t in treatments_of(source) or () if t.baseline), None)


def shares_of(source: ExperimentLike) -> dict[str, float]:
    """Return the planned share of traffic of each treatment, by id, where it is known."""
    shares: dict[str, float] = {}
    for treatment in treatments_of(source) or ():
        try:
            share = float(treatment.allocation_percent)
        except (TypeError, ValueError):
            continue
        if treatment.id is not None and 0 <= share < math.inf:
            shares[treatment.id] = share
    return shares


def metrics_of(source: ExperimentLike) -> list[Metric]:
    """Return the metrics of the iteration, the primary one first.

    A metric group is replaced by its metrics, because results exist for metrics only.
    """
    iteration = iteration_of(source)
    if iteration is None:
        return []
    found: dict[str, Metric] = {}
    for sent, primary in [
        (iteration.primary_metric, True),
        *((m, False) for m in iteration.secondary_metrics or ()),
    ]:
        # The last metric of a group decides, but the service lists the primary one first.
        for member in _members(sent):
            metric = _metric(member, primary and not found)
            if metric is not None:
                found.setdefault(metric.key, metric)
    return list(found.values())


def _members(metric: MetricV2Rep | None) -> Sequence[MetricV2Rep | MetricInGroupRep]:
    if metric is None:
        return ()
    return metric.metrics if metric.is_group and metric.metrics else (metric,)


def _metric(sent: MetricV2Rep | MetricInGroupRep, primary: bool) -> Metric | None:
    key = clean_text(sent.key)
    if key is None:
        return None
    return Metric(key, clean_text(sent.name) or key, primary, sent.is_numeric)


def labels(names: Sequence[str | None], noun: str = "treatment") -> list[str]:
    """Return a display name for each item. Items of the same name are numbered."""
    plain = [
        shortened(" ".join(_INVISIBLE.sub(" ", name or "").split()), MAX_TEXT) or f"{noun} {index}"
        for index, name in enumerate(names)
    ]
    return [
        f"{label} #{plain[: index + 1].count(label)}" if plain.count(label) > 1 else label
        for index, label in enumerate(plain)
    ]


#: Control characters, and marks that change the direction of the text around them.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def variation_labels(results: ExperimentResults) -> list[str]:
    """Return a name for each variation of legacy results, whose ``metadata`` has any type."""
    expect(results, (ExperimentResults,), "results")
    slices = [s.variation_data.value for s in results.series or () if s.variation_data is not None]
    metadata = [m.key for m in results.metadata or ()]
    count = max(map(len, [metadata, results.totals or [], *slices]), default=0)
    known = [None if key is None else clean_text(str(key)) for key in metadata]
    return labels(known + [None] * (count - len(known)), "variation")


def threshold_of(experiment: Experiment | None) -> float | None:
    """Return the winning probability that the experiment defines as a fraction, or None.

    The service sends it in per cent. Nobody decides an experiment at 1 %, so a value up to 1 is
    read as a fraction.
    """
    analysis = None if experiment is None else experiment.analysis_config
    sent = None if analysis is None else analysis.bayesian_threshold
    try:
        threshold = None if sent is None else as_number(float(sent))
    except ValueError:
        return None
    if threshold is None or not 0 < threshold <= 100:
        return None
    return threshold if threshold <= 1 else threshold / 100
