"""The results of a metric, with the counts that they come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic

from launchdarkly_api.analysis.bayesian import bayesian_results
from launchdarkly_api.analysis.counting import ArmCounts
from launchdarkly_api.analysis.design import Design
from launchdarkly_api.analysis.experiments import Methodology, results_for_metrics
from launchdarkly_api.analysis.frequentist import FrequentistResults, frequentist_results
from launchdarkly_api.analysis.mismatches import Mismatch, mismatch
from launchdarkly_api.models import (
    Experiment,
    ExperimentBayesianResultsRep,
    IterationRep,
    MetricSeen,
)

Results = ExperimentBayesianResultsRep | FrequentistResults

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    R_co = TypeVar("R_co", bound=Results, default=Results, covariant=True)
else:
    from typing import TypeVar

    # A default is new in Python 3.13.
    R_co = TypeVar("R_co", bound=Results, covariant=True)


@dataclass(frozen=True)
class ExportResults(Generic[R_co]):
    """The results of one metric, and the counts that they come from.

    Attributes:
        results: Bayesian results, or frequentist ones. Type checkers know which if
            ``methodology`` was given; otherwise the configuration of the experiment chooses.
        arms: The counts of each treatment.
        mismatch: The test of the traffic split over all exposed units, or None if the shares of
            the treatments are not known.
    """

    results: R_co
    arms: ArmCounts
    mismatch: Mismatch | None

    @property
    def crossovers(self) -> int:
        """The number of units that saw more than one variation, and are left out."""
        return self.arms.crossovers

    def __str__(self) -> str:
        return str(self.arms)


def _observed(results: Results, arms: ArmCounts, test: Mismatch | None) -> Results:
    """Add to results what counts do not say, and a report warns of.

    Args:
        results: The results.
        arms: The counts that they come from.
        test: The test of the traffic split, of all exposed units, also if the metric leaves out
            those without events.
    """
    if isinstance(results, FrequentistResults):
        return replace(results, mismatch=test, last_event=arms.last_event)
    if test is not None:
        results.probability_of_mismatch = test.probability
    if arms.last_event is not None:
        last = round(arms.last_event.timestamp() * 1000)
        results.metric_seen = MetricSeen(ever=True, timestamp=last)
    elif not any(arm.conversions or arm.total_of_squares for arm in arms.values()):
        results.metric_seen = MetricSeen(ever=False)
    return results


@dataclass(frozen=True)
class Analyst:
    """Computes the results of the counts of one iteration.

    Attributes:
        experiment: The experiment, or None if only the tables of the export describe it.
        iteration: The iteration of the experiment, if it was given.
        design: The treatments.
    """

    experiment: Experiment | None
    iteration: IterationRep | None
    design: Design

    def outcomes(
        self,
        counts: Mapping[str, ArmCounts],
        *,
        methodology: Methodology | None,
        level: float,
        seed: int | None,
    ) -> dict[str, ExportResults]:
        """The results by the key of the metric, corrected together if the experiment asks."""
        results = self._results(counts, methodology, level, seed)
        shares = {treatment.id: treatment.share for treatment in self.design.treatments}
        known = {key: share for key, share in shares.items() if share is not None}
        outcomes: dict[str, ExportResults] = {}
        for key, arms in counts.items():
            test = mismatch(arms.exposed, known) if len(known) == len(shares) else None
            outcomes[key] = ExportResults(_observed(results[key], arms, test), arms, test)
        return outcomes

    def outcome(self, counts: ArmCounts, *, methodology: Methodology | None) -> ExportResults:
        """The results of the counts of one metric, by themselves."""
        (found,) = self.outcomes(
            {"": counts}, methodology=methodology, level=0.9, seed=None
        ).values()
        return found

    def _results(
        self,
        counts: Mapping[str, ArmCounts],
        methodology: Methodology | None,
        level: float,
        seed: int | None,
    ) -> Mapping[str, Results]:
        lower = [key for key, arms in counts.items() if arms.metric.lower_is_better]
        if self.experiment is not None:
            return results_for_metrics(
                self.experiment,
                counts,
                lower_is_better=lower,
                iteration=self.iteration or self._chosen(self.experiment),
                methodology=methodology,
                level=level,
                seed=seed,
            )
        if methodology == "frequentist":
            return {
                key: frequentist_results(arms, baseline=arms.baseline)
                for key, arms in counts.items()
            }
        return self._bayesian(counts, lower, level, seed)

    @staticmethod
    def _bayesian(
        counts: Mapping[str, ArmCounts], lower: Iterable[str], level: float, seed: int | None
    ) -> dict[str, ExperimentBayesianResultsRep]:
        return {
            key: bayesian_results(
                arms,
                baseline=arms.baseline,
                names=arms.names,
                lower_is_better=key in lower,
                level=level,
                seed=seed,
            )
            for key, arms in counts.items()
        }

    def _chosen(self, experiment: Experiment) -> IterationRep | None:
        iterations = [experiment.current_iteration, *(experiment.previous_iterations or [])]
        wanted = self.design.iteration_id
        return next((one for one in iterations if one is not None and one.id == wanted), None)
