"""All API classes in one place, each loaded on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from launchdarkly_api.api.experiments_api import ExperimentsApi as ExperimentsApi
    from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi as ExperimentsBetaApi

__all__ = ["ExperimentsApi", "ExperimentsBetaApi"]

if not TYPE_CHECKING:  # pragma: no branch
    # A type checker knows the names by the imports above, and so finds what is misspelt.
    from launchdarkly_api._support.lazy import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "ExperimentsApi": "launchdarkly_api.api.experiments_api",
            "ExperimentsBetaApi": "launchdarkly_api.api.experiments_beta_api",
        },
    )
