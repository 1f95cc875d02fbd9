"""Results as the configuration of an experiment asks for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, overload

from launchdarkly_api._support.errors import ApiValueError
from launchdarkly_api._support.printable import shown
from launchdarkly_api.analysis.arms import Arm
from launchdarkly_api.analysis.bayesian import bayesian_results
from launchdarkly_api.analysis.checking import checked_arms
from launchdarkly_api.analysis.corrections import Correction
from launchdarkly_api.analysis.frequentist import (
    Alternative,
    FrequentistResults,
    Scope,
    correct_metrics,
    frequentist_results,
)
from launchdarkly_api.analysis.posteriors import Prior
from launchdarkly_api.models import Experiment, ExperimentBayesianResultsRep, IterationRep

Methodology = Literal["bayesian", "frequentist"]


@dataclass(frozen=True)
class AnalysisSettings:
    """How an experiment is analysed. A setting that the experiment lacks has a default.

    Attributes:
        methodology: ``"bayesian"`` or ``"frequentist"``.
        bayesian_threshold: The probability to be best, and to beat the baseline, from which a
            treatment wins. It is not the level of an interval.
        significance_threshold: The significance level, which is called alpha.
        one_sided: Whether tests look for an improvement only.
        correction: The correction for many comparisons, or None.
        scope: Whether it corrects over treatments, metrics, or both.
        sequential: Whether results may be looked at again and again.
    """

    methodology: Methodology = "bayesian"
    bayesian_threshold: float = 0.9
    significance_threshold: float = 0.05
    one_sided: bool = False
    correction: Correction | None = None
    scope: Scope = "variations"
    sequential: bool = False


def checked_methodology(methodology: Any) -> None:
    """Check a methodology that the caller chose, or None.

    Raises:
        ApiValueError: It is neither Bayesian nor frequentist.
    """
    if methodology is not None and methodology not in get_args(Methodology):
        accepted = " or ".join(map(repr, get_args(Methodology)))
        raise ApiValueError(f"methodology is {shown(methodology)}; it must be {accepted}")


def settings_for(
    experiment: Experiment, *, methodology: Methodology | None = None
) -> AnalysisSettings:
    """Read how an experiment is to be analysed.

    The configuration is in a response if it was asked for: ``expand="analysisConfig"``.

    Args:
        experiment: The experiment.
        methodology: The methodology, instead of the experiment's own. An experiment may leave the
            analysis to the account (``export_only``); then, or if it has none, it is frequentist
            if its configuration has a significance threshold and no Bayesian one, else Bayesian.

    Returns:
        The settings.

    Raises:
        ApiValueError: The configuration has a value that this version does not know.
    """
    checked_methodology(methodology)
    config: Any = experiment.get("analysisConfig") or {}
    significance = config.get("significanceThreshold")
    threshold = config.get("bayesianThreshold")
    chosen = methodology or experiment.get("methodology")
    if chosen not in ("bayesian", "frequentist"):
        if chosen not in (None, "export_only"):
            raise ApiValueError(
                f"methodology is {shown(chosen)}; give methodology='bayesian' or 'frequentist'"
            )
        chosen = "frequentist" if significance and not threshold else "bayesian"
    default = AnalysisSettings()
    return AnalysisSettings(
        methodology=chosen,
        bayesian_threshold=_fraction(
            "bayesianThreshold", threshold, default.bayesian_threshold, percent=True
        ),
        significance_threshold=_fraction(
            "significanceThreshold", significance, default.significance_threshold, percent=False
        ),
        one_sided=str(config.get("testDirection") or "").lower().startswith("one"),
        correction=config.get("multipleComparisonCorrectionMethod") or None,
        scope=config.get("multipleComparisonCorrectionScope") or default.scope,
        sequential=bool(config.get("sequentialTestingEnabled")),
    )


@overload
def results_for(
    experiment: Experiment,
    arms: Mapping[str, Arm],
    *,
    lower_is_better: bool = False,
    iteration: IterationRep | None = None,
    methodology: Literal["bayesian"],
    level: float = 0.9,
    seed: int | None = None,
    prior: Prior = "uniform",
) -> ExperimentBayesianResultsRep: ...


@overload
def results_for(
    experiment: Experiment,
    arms: Mapping[str, Arm],
    *,
    lower_is_better: bool = False,
    iteration: IterationRep | None = None,
    methodology: Literal["frequentist"],
    level: float = 0.9,
    seed: int | None = None,
    prior: Prior = "uniform",
) -> FrequentistResults: ...


@overload
def results_for(
    experiment: Experiment,
    arms: Mapping[str, Arm],
    *,
    lower_is_better: bool = False,
    iteration: IterationRep | None = None,
    methodology: None = None,
    level: float = 0.9,
    seed: int | None = None,
    prior: Prior = "uniform",
) -> ExperimentBayesianResultsRep | FrequentistResults: ...


def results_for(
    experiment: Experiment,
    arms: Mapping[str, Arm],
    *,
    lower_is_better: bool = False,
    iteration: IterationRep | None = None,
    methodology: Methodology | None = None,
    level: float = 0.9,
    seed: int | None = None,
    prior: Prior = "uniform",
) -> ExperimentBayesianResultsRep | FrequentistResults:
    """Compute the results of one metric as the experiment's configuration asks for them.

    The treatments are in a response if they were asked for: ``expand="treatments"``. They give the
    baseline, the names and the shares of traffic. A treatment without an arm has no units yet.

    Args:
        experiment: The experiment.
        arms: The counts, by the id of the treatment.
        lower_is_better: Whether a smaller mean is better, which the experiment does not say.
        iteration: The iteration of the counts, instead of the current one.
        methodology: The methodology, instead of the experiment's own, as in ``settings_for``.
        level: The probability of credible intervals.
        seed: The seed of draws, as in ``bayesian_analysis``.
        prior: The prior of Bayesian results, as in ``bayesian_analysis``.

    Returns:
        Bayesian results, or frequentist ones. A correction is over the treatments;
        ``results_for_metrics`` corrects over metrics as well.

    Raises:
        ApiValueError: The experiment has no treatments, or none that is an arm.
    """
    (found,) = results_for_metrics(
        experiment,
        {"": arms},
        lower_is_better=("",) if lower_is_better else (),
        iteration=iteration,
        methodology=methodology,
        level=level,
        seed=seed,
        prior=prior,
    ).values()
    return found


@overload
def results_for_metrics(
    experiment: Experiment,
    metrics: Mapping[str, Mapping[str, Arm]],
    *,
    lower_is_better: Collection[str] = (),
    iteration: IterationRep | None = None,
    methodology: Literal["bayesian"],
    level: float = 0.9,
    seed: int | None = None,
    prior: Prior = "uniform",
) -> dict[str, ExperimentBayesianResultsRep]: ...


@overload
def results_for_metrics(
    experiment: Experiment,
    metrics: Mapping[str, Mapping[str, Arm]],
    *,
    lower_is_better: Collection[str] = (),
    iteration: IterationRep | None = None,
    methodology: Literal["frequentist"],
    level: float = 0.9,
    seed: int | None = None,
    prior: Prior = "uniform",
) -> dict[str, FrequentistResults]: ...


@overload
def results_for_metrics(
    experiment: Experiment,
    metrics: Mapping[str, Mapping[str, Arm]],
    *,
    lower_is_better: Collection[str] = (),
    iteration: IterationRep | None = None,
    methodology: None = None,
    level: float = 0.9,
    seed: int | None = None,
    prior: Prior = "uniform",
) -> dict[str, ExperimentBayesianResultsRep | FrequentistResults]: ...


def results_for_metrics(
    experiment: Experiment,
    metrics: Mapping[str, Mapping[str, Arm]],
    *,
    lower_is_better: Collection[str] = (),
    iteration: IterationRep | None = None,
    methodology: Methodology | None = None,
    level: float = 0.9,
    seed: int | None = None,
    prior: Prior = "uniform",
) -> Mapping[str, ExperimentBayesianResultsRep | FrequentistResults]:
    """Compute the results of several metrics, corrected together if the experiment asks for it.

    Args:
        experiment: The experiment, with its treatments.
        metrics: The counts by the key of the metric and the id of the treatment.
        lower_is_better: The keys of the metrics whose smaller mean is better.
        iteration: The iteration of the counts, instead of the current one.
        methodology: The methodology, instead of the experiment's own.
        level: The probability of credible intervals.
        seed: The seed of draws, as in ``bayesian_analysis``.
        prior: The prior of Bayesian results, as in ``bayesian_analysis``.

    Returns:
        The results by the key of the metric.

    Raises:
        ApiValueError: The experiment has no treatments, or none that is an arm.
    """
    settings = settings_for(experiment, methodology=methodology)
    design = _Design.of(iteration or experiment.get("currentIteration"))
    complete = {key: design.complete(arms) for key, arms in metrics.items()}
    if settings.methodology == "bayesian":
        return {
            key: bayesian_results(
                arms,
                baseline=design.baseline,
                names=design.names,
                shares=design.shares,
                lower_is_better=key in lower_is_better,
                level=level,
                seed=seed,
                prior=prior,
            )
            for key, arms in complete.items()
        }
    found = {
        key: frequentist_results(
            arms,
            baseline=design.baseline,
            alternative=_alternative(settings, lower_is_better=key in lower_is_better),
            alpha=settings.significance_threshold,
            sequential=settings.sequential,
        )
        for key, arms in complete.items()
    }
    corrected = correct_metrics(found, correction=settings.correction, scope=settings.scope)
    return {**corrected}


def _alternative(settings: AnalysisSettings, *, lower_is_better: bool) -> Alternative:
    if not settings.one_sided:
        return "two-sided"
    return "less" if lower_is_better else "greater"


@dataclass(frozen=True)
class _Design:
    """The treatments of an iteration."""

    baseline: str
    names: dict[str, str]
    shares: dict[str, float]

    @classmethod
    def of(cls, iteration: Any) -> _Design:
        treatments: list[Any] = (iteration and iteration.get("treatments")) or []
        baselines = [one.get("_id") for one in treatments if one.get("baseline")]
        if not baselines:
            raise ApiValueError(
                "the experiment has no treatments, or no baseline among them: get it with"
                ' expand="treatments"'
            )
        return cls(
            baselines[0],
            {one.get("_id"): one.get("name") for one in treatments},
            {one.get("_id"): float(one.get("allocationPercent")) for one in treatments},
        )

    def complete(self, arms: Mapping[str, Arm]) -> dict[str, Arm]:
        """The arms of all treatments, in their order."""
        checked = checked_arms(arms)
        for treatment_id in checked:
            if treatment_id not in self.names:
                raise ApiValueError(
                    f"{shown(treatment_id)} is no treatment of the experiment. Its treatments are"
                    f" {', '.join(map(shown, self.names))}"
                )
        numeric = next(iter(checked.values())).numeric
        empty = (
            Arm(units=0, total=0, total_of_squares=0) if numeric else Arm(units=0, conversions=0)
        )
        return {treatment_id: checked.get(treatment_id, empty) for treatment_id in self.names}


def _fraction(name: str, value: Any, default: float, *, percent: bool) -> float:
    """Read a threshold, which the service sends as text."""
    if value in (None, ""):
        return default
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    fraction = number / 100.0 if percent or number > 1.0 else number
    if not 0.0 < fraction < 1.0:
        raise ApiValueError(
            f"{name} is {shown(value)}; this version does not know such a threshold"
        )
    return fraction
