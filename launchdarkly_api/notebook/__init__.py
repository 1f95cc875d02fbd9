"""Experiments and their results as frames, pictures and reports.

Needs the extra ``notebook``: pandas, matplotlib and tqdm. Each name is loaded when it is first
used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from launchdarkly_api.notebook.forests import plot_differences as plot_differences
    from launchdarkly_api.notebook.forests import plot_probability_best as plot_probability_best
    from launchdarkly_api.notebook.forests import plot_results as plot_results
    from launchdarkly_api.notebook.frames import differences_frame as differences_frame
    from launchdarkly_api.notebook.frames import experiments_frame as experiments_frame
    from launchdarkly_api.notebook.frames import legacy_frame as legacy_frame
    from launchdarkly_api.notebook.frames import results_frame as results_frame
    from launchdarkly_api.notebook.reporting import ExperimentReport as ExperimentReport
    from launchdarkly_api.notebook.reporting import Reports as Reports
    from launchdarkly_api.notebook.reporting import report as report
    from launchdarkly_api.notebook.reporting import reports as reports
    from launchdarkly_api.notebook.summaries import Finding as Finding
    from launchdarkly_api.notebook.summaries import Summary as Summary
    from launchdarkly_api.notebook.time_series import plot_legacy as plot_legacy

__all__ = [
    "ExperimentReport",
    "Finding",
    "Reports",
    "Summary",
    "differences_frame",
    "experiments_frame",
    "legacy_frame",
    "plot_differences",
    "plot_legacy",
    "plot_probability_best",
    "plot_results",
    "report",
    "reports",
    "results_frame",
]

if not TYPE_CHECKING:  # pragma: no branch
    # A type checker knows the names by the imports above, and so finds what is misspelt.
    from launchdarkly_api._support.lazy import lazy_names

    _MODULES = {
        "forests": ("plot_differences", "plot_probability_best", "plot_results"),
        "frames": ("differences_frame", "experiments_frame", "legacy_frame", "results_frame"),
        "reporting": ("ExperimentReport", "Reports", "report", "reports"),
        "summaries": ("Finding", "Summary"),
        "time_series": ("plot_legacy",),
    }

    _load, __dir__ = lazy_names(
        __name__,
        {name: f"{__name__}.{module}" for module, names in _MODULES.items() for name in names},
    )

    def __getattr__(name: str) -> Any:
        try:
            return _load(name)
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            if package not in ("matplotlib", "numpy", "pandas", "tqdm"):
                raise
            raise ImportError(
                f"launchdarkly_api.notebook needs {package}, which is not installed. "
                'Install it with: pip install "launchdarkly-api[notebook]"',
                name=package,
            ) from None
