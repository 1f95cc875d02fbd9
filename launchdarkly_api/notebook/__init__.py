"""Experiments and their results as frames, pictures and reports.

Requires the extra ``notebook``: pandas, matplotlib, tqdm, and what ``launchdarkly_api.analysis``
needs. Each name is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from launchdarkly_api.notebook import plots
    from launchdarkly_api.notebook.days import days_frame as days_frame
    from launchdarkly_api.notebook.decisions import Rules as Rules
    from launchdarkly_api.notebook.findings import Finding as Finding
    from launchdarkly_api.notebook.frames import differences_frame as differences_frame
    from launchdarkly_api.notebook.frames import experiments_frame as experiments_frame
    from launchdarkly_api.notebook.frames import legacy_frame as legacy_frame
    from launchdarkly_api.notebook.frames import plain_frame as plain_frame
    from launchdarkly_api.notebook.frames import results_frame as results_frame
    from launchdarkly_api.notebook.plots import *  # noqa: F403 - the list of plots is there
    from launchdarkly_api.notebook.reported import ExperimentReport as ExperimentReport
    from launchdarkly_api.notebook.reported import Reports as Reports
    from launchdarkly_api.notebook.reporting import report as report
    from launchdarkly_api.notebook.reporting import report_of as report_of
    from launchdarkly_api.notebook.reporting import reports as reports
    from launchdarkly_api.notebook.summaries import Summary as Summary

    __all__ = [
        "ExperimentReport",
        "Finding",
        "Reports",
        "Rules",
        "Summary",
        "days_frame",
        "differences_frame",
        "experiments_frame",
        "legacy_frame",
        "plain_frame",
        "report",
        "report_of",
        "reports",
        "results_frame",
    ]
    __all__ += plots.__all__
else:
    import importlib

    from launchdarkly_api._support.distribution import missing
    from launchdarkly_api._support.lazy import lazy_names

    _MODULES = {
        "days": ("days_frame",),
        "decisions": ("Rules",),
        "findings": ("Finding",),
        "frames": (
            "differences_frame",
            "experiments_frame",
            "legacy_frame",
            "plain_frame",
            "results_frame",
        ),
        "reported": ("ExperimentReport", "Reports"),
        "reporting": ("report", "report_of", "reports"),
        "summaries": ("Summary",),
    }
    _NAMES = {name: f"{__name__}.{module}" for module, names in _MODULES.items() for name in names}
    _load_named, _ = lazy_names(__name__, _NAMES)

    def _plots() -> Any:
        return importlib.import_module(f"{__name__}.plots")

    def _load(name: str) -> Any:
        if name.startswith("plot_") and name in _plots().__all__:
            return getattr(_plots(), name)
        return _load_named(name)

    def __getattr__(name: str) -> Any:
        if name == "__all__":
            return __dir__()
        try:
            return _load(name)
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            if package not in ("matplotlib", "numpy", "pandas", "scipy", "tqdm"):
                raise
            raise ImportError(missing(__name__, package, "notebook"), name=package) from None

    def __dir__() -> list[str]:
        try:
            return sorted([*_NAMES, *_plots().__all__])
        except ModuleNotFoundError:
            # Plots need matplotlib. Without it, tools still list the other names.
            return sorted(_NAMES)
