"""The JSON of responses, in the version of the API that the sandbox imitates."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from launchdarkly_api.sandbox.service import responses, responses_2026, unusual
from launchdarkly_api.sandbox.service.responses import Json
from launchdarkly_api.sandbox.service.results import Results
from launchdarkly_api.sandbox.state.records import Experiment, Iteration, Project


@dataclass(frozen=True)
class Renderer:
    """Renders records as responses."""

    #: Whether to follow the document of 2026, and not the contract of 2023.
    newer: bool
    #: Whether to add values that no document lists to the responses of 2026.
    unusual: bool

    def experiment(self, record: Experiment, project: Project, expand: Collection[str]) -> Json:
        """An ``Experiment``."""
        if not self.newer:
            return responses.experiment(record, project, expand)
        body = responses_2026.experiment(record, project, expand)
        return unusual.experiment(body, record, project) if self.unusual else body

    def iteration(
        self, record: Iteration, parent: Experiment, project: Project, expand: Collection[str]
    ) -> Json:
        """An ``IterationRep``."""
        if not self.newer:
            return responses.iteration(record, project, expand)
        bandit = parent.kind == "mab"
        body = responses_2026.iteration(record, project, expand, bandit=bandit)
        return unusual.iteration(body, record, project) if self.unusual else body

    def settings(self, project: Project) -> Json:
        """An ``ExperimentationSettingsRep``."""
        if not self.newer:
            return responses.settings(project)
        body = responses_2026.settings(project)
        return unusual.settings(body) if self.unusual else body

    def results(self, found: Results, record: Experiment, metric_key: str) -> Json:
        """An ``ExperimentBayesianResultsRep``."""
        body = responses.results(found, record, metric_key)
        return unusual.results(body, found) if self.unusual else body
