"""Results from counts: Bayesian and frequentist, sample sizes, and the check of the traffic split.

Requires the extra ``analysis``: numpy and scipy, and narwhals and duckdb for frames and files. Each
name is imported when it is first used, and scipy when something is computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from launchdarkly_api.analysis.arms import Arm as Arm
    from launchdarkly_api.analysis.bayesian import BayesianAnalysis as BayesianAnalysis
    from launchdarkly_api.analysis.bayesian import BayesianComparison as BayesianComparison
    from launchdarkly_api.analysis.bayesian import bayesian_analysis as bayesian_analysis
    from launchdarkly_api.analysis.bayesian import bayesian_results as bayesian_results
    from launchdarkly_api.analysis.corrections import Corrected as Corrected
    from launchdarkly_api.analysis.corrections import corrected as corrected
    from launchdarkly_api.analysis.counting import ArmCounts as ArmCounts
    from launchdarkly_api.analysis.data_export import DataExport as DataExport
    from launchdarkly_api.analysis.experiments import AnalysisSettings as AnalysisSettings
    from launchdarkly_api.analysis.experiments import results_for as results_for
    from launchdarkly_api.analysis.experiments import results_for_metrics as results_for_metrics
    from launchdarkly_api.analysis.experiments import settings_for as settings_for
    from launchdarkly_api.analysis.frequentist import Comparison as Comparison
    from launchdarkly_api.analysis.frequentist import FrequentistResults as FrequentistResults
    from launchdarkly_api.analysis.frequentist import correct_metrics as correct_metrics
    from launchdarkly_api.analysis.frequentist import frequentist_results as frequentist_results
    from launchdarkly_api.analysis.from_export import arms_from_events as arms_from_events
    from launchdarkly_api.analysis.from_export import results_from_export as results_from_export
    from launchdarkly_api.analysis.functions import chi_square_survival as chi_square_survival
    from launchdarkly_api.analysis.metrics import EventMetric as EventMetric
    from launchdarkly_api.analysis.mismatches import Mismatch as Mismatch
    from launchdarkly_api.analysis.mismatches import mismatch as mismatch
    from launchdarkly_api.analysis.outcomes import ExportResults as ExportResults
    from launchdarkly_api.analysis.posteriors import BetaPosterior as BetaPosterior
    from launchdarkly_api.analysis.posteriors import PointPosterior as PointPosterior
    from launchdarkly_api.analysis.posteriors import Posterior as Posterior
    from launchdarkly_api.analysis.posteriors import StudentPosterior as StudentPosterior
    from launchdarkly_api.analysis.posteriors import posterior_of as posterior_of
    from launchdarkly_api.analysis.posteriors import quantile as quantile
    from launchdarkly_api.analysis.sizes import days_left as days_left
    from launchdarkly_api.analysis.sizes import detectable_lift as detectable_lift
    from launchdarkly_api.analysis.sizes import sample_size as sample_size

    __all__ = [
        "AnalysisSettings",
        "Arm",
        "ArmCounts",
        "BayesianAnalysis",
        "BayesianComparison",
        "BetaPosterior",
        "Comparison",
        "Corrected",
        "DataExport",
        "EventMetric",
        "ExportResults",
        "FrequentistResults",
        "Mismatch",
        "PointPosterior",
        "Posterior",
        "StudentPosterior",
        "arms_from_events",
        "bayesian_analysis",
        "bayesian_results",
        "chi_square_survival",
        "correct_metrics",
        "corrected",
        "days_left",
        "detectable_lift",
        "frequentist_results",
        "mismatch",
        "posterior_of",
        "quantile",
        "results_for",
        "results_for_metrics",
        "results_from_export",
        "sample_size",
        "settings_for",
    ]
else:
    from launchdarkly_api._support.distribution import missing
    from launchdarkly_api._support.lazy import lazy_names

    _MODULES = {
        "arms": ("Arm",),
        "bayesian": (
            "BayesianAnalysis",
            "BayesianComparison",
            "bayesian_analysis",
            "bayesian_results",
        ),
        "corrections": (
            "Corrected",
            "corrected",
        ),
        "counting": ("ArmCounts",),
        "data_export": ("DataExport",),
        "experiments": (
            "AnalysisSettings",
            "results_for",
            "results_for_metrics",
            "settings_for",
        ),
        "frequentist": (
            "Comparison",
            "FrequentistResults",
            "chi_square_survival",
            "correct_metrics",
            "frequentist_results",
        ),
        "from_export": (
            "arms_from_events",
            "results_from_export",
        ),
        "functions": ("chi_square_survival",),
        "metrics": ("EventMetric",),
        "mismatches": (
            "Mismatch",
            "mismatch",
        ),
        "outcomes": ("ExportResults",),
        "posteriors": (
            "BetaPosterior",
            "PointPosterior",
            "Posterior",
            "StudentPosterior",
            "posterior_of",
            "quantile",
        ),
        "sizes": (
            "days_left",
            "detectable_lift",
            "sample_size",
        ),
    }
    _NAMES = {name: f"{__name__}.{module}" for module, names in _MODULES.items() for name in names}
    __all__ = sorted(_NAMES)
    _load, __dir__ = lazy_names(__name__, _NAMES)

    def __getattr__(name: str) -> Any:
        try:
            return _load(name)
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            if package not in ("duckdb", "narwhals", "numpy", "scipy"):
                raise
            raise ImportError(missing(__name__, package, "analysis"), name=package) from None
