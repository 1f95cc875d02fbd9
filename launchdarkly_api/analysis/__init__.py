"""Results from counts: Bayesian and frequentist, sample sizes, and the check of the traffic split.

Requires the extra ``analysis``: numpy and scipy, and narwhals and duckdb for frames and files. Each
name is imported when it is first used, and scipy when something is computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from launchdarkly_api.analysis.arms import Arm as Arm

    __all__ = ["Arm"]
else:
    from launchdarkly_api._support.lazy import lazy_names

    _MODULES = {
        "arms": ("Arm",),
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
            raise ImportError(
                f"launchdarkly_api.analysis needs {package}, which is not installed. "
                'Install it with: pip install "launchdarkly-api[analysis]"',
                name=package,
            ) from None
