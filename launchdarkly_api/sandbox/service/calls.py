"""The calls: each turns a request into the status and the JSON of a response."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from launchdarkly_api.sandbox.service import (
    bodies,
    bodies_2026,
    legacy,
    lookup,
    patch,
    queries,
    responses,
    rules,
    rules_2026,
)
from launchdarkly_api.sandbox.service import results as bayesian
from launchdarkly_api.sandbox.service.endpoints import (
    ADDED,
    ANY_ENVIRONMENT,
    EXPERIMENTS,
    WITHDRAWN,
    Call,
    path,
)
from launchdarkly_api.sandbox.service.problems import (
    RefusedError,
    invalid,
    key_exists,
    not_found,
    observed,
)
from launchdarkly_api.sandbox.service.queries import Page
from launchdarkly_api.sandbox.service.reads import Reads
from launchdarkly_api.sandbox.service.rendering import Renderer
from launchdarkly_api.sandbox.service.request import CallRequest
from launchdarkly_api.sandbox.state import demo
from launchdarkly_api.sandbox.state.records import Experiment, Iteration, Project
from launchdarkly_api.sandbox.state.store import State
from launchdarkly_api.sandbox.state.traffic import Simulated

Json = dict[str, Any]

SEMANTIC_PATCH = "launchdarkly.semanticpatch"
#: The number of results that are remembered. To compute one takes tens of milliseconds.
REMEMBERED = 256


@dataclass(frozen=True)
class _Computation:
    """A computation of results. Computations with equal keys have equal results."""

    key: Hashable
    run: Callable[[], Any] = field(compare=False)


def _run(computation: _Computation) -> Any:
    return computation.run()


class Calls:
    """The service behind the paths.

    Args:
        state: The records to read and change.
        newer: Whether to imitate the API of 2026, and not that of 2023.
        unusual: Whether responses have values that no document lists.
        lenient: Whether to accept a PATCH without the content type of a semantic patch.
        sample: Whether iterations that start in the demo project get traffic.
    """

    def __init__(
        self, state: State, *, newer: bool, lenient: bool, sample: bool, unusual: bool = False
    ) -> None:
        self.state = state
        self.newer = newer
        self.unusual = unusual
        self._renderer = Renderer(newer=newer or unusual, unusual=unusual)
        self._rules: Any = rules_2026 if newer else rules
        self.lenient = lenient
        self.sample = sample
        self._remembered: Callable[[_Computation], Any] = lru_cache(maxsize=REMEMBERED)(_run)
        self._handlers: dict[Call, Callable[[CallRequest], tuple[int, Json | None]]] = {
            "create_experiment": self._create_experiment,
            "create_iteration": self._create_iteration,
            "get_experiment": self._get_experiment,
            "get_experiment_results": self._get_experiment_results,
            "get_experimentation_settings": self._get_experimentation_settings,
            "get_experiments": self._get_experiments,
            "get_experiments_any_env": self._get_experiments_any_env,
            "get_legacy_experiment_results": self._get_legacy_experiment_results,
            "patch_experiment": self._patch_experiment,
            "put_experimentation_settings": self._put_experimentation_settings,
            "reset_experiment": self._reset_experiment,
            **Reads(state).handlers,
        }

    def handle(self, call: Call, request: CallRequest) -> tuple[int, Json | None]:
        """Carry out a call.

        Returns:
            The status and the JSON of the response.

        Raises:
            RefusedError: The request is refused.
        """
        if call in (WITHDRAWN if self.newer else ADDED):
            raise observed(404, f"The API of {'2026' if self.newer else '2023'} lacks {call}.")
        try:
            return self._handlers[call](request)
        except RefusedError as problem:
            # In 2026, PATCH is the only call with a 409.
            if problem.status != 409 or not self.newer or call == "patch_experiment":
                raise
            raise invalid(problem.message) from None

    # The records that the path names.

    def _project(self, request: CallRequest) -> Project:
        return lookup.project(self.state, request)

    def _environment(self, request: CallRequest) -> tuple[Project, str]:
        return lookup.environment(self.state, request)

    def _experiment(self, request: CallRequest) -> tuple[Project, Experiment]:
        key = request.path["experiment"]
        # Read both under one lock: the experiment names flags that the project must hold.
        with self.state.lock:
            project, environment = self._environment(request)
            experiment = self.state.experiment(project.key, environment, key)
        if experiment is None:
            raise not_found(
                f"Unknown experiment {key!r} in environment {environment!r} of project"
                f" {project.key!r}. List the experiments to see which exist."
            )
        return project, experiment

    def _shape(self, call: Call, request: CallRequest) -> Any:
        shapes = bodies_2026.SHAPES if self.newer else bodies.SHAPES
        return bodies.check(shapes[call], bodies.parse(request.body))

    def _expand(self, request: CallRequest, *, several: bool = False) -> frozenset[str]:
        return queries.expansions(request.query, newer=self.newer, several=several)

    # Responses.

    def _experiment_json(
        self, project: Project, experiment: Experiment, expand: frozenset[str]
    ) -> Json:
        return self._renderer.experiment(experiment, project, expand)

    # Experiments.

    def _get_experiment(self, request: CallRequest) -> tuple[int, Json]:
        project, experiment = self._experiment(request)
        return 200, self._experiment_json(project, experiment, self._expand(request))

    def _get_experiments(self, request: CallRequest) -> tuple[int, Json]:
        with self.state.lock:
            project, environment = self._environment(request)
            experiments = self.state.experiments_in(project.key, environment)
        return self._page(
            request, project, experiments, path(EXPERIMENTS, project.key, environment)
        )

    def _get_experiments_any_env(self, request: CallRequest) -> tuple[int, Json]:
        with self.state.lock:
            project = self._project(request)
            experiments = [
                experiment
                for environment in project.environments
                for experiment in self.state.experiments_in(project.key, environment)
            ]
        oldest_first = sorted(experiments, key=lambda experiment: experiment.creation_date)
        return self._page(request, project, oldest_first, path(ANY_ENVIRONMENT, project.key))

    def _page(
        self, request: CallRequest, project: Project, experiments: list[Experiment], address: str
    ) -> tuple[int, Json]:
        expand = self._expand(request, several=True)
        selected = queries.select(experiments, request.query)
        page = Page.of(request.query, len(selected))
        items = [
            self._experiment_json(project, experiment, expand)
            for experiment in selected[page.offset : page.offset + page.limit]
        ]
        return 200, responses.collection(items, page, address, request.query)

    def _create_experiment(self, request: CallRequest) -> tuple[int, Json]:
        with self.state.lock:
            project, environment = self._environment(request)
            body = self._shape("create_experiment", request)
            experiment = self._rules.experiment(body, project, environment)
            response = self._experiment_json(project, experiment, self._expand(request))
            if self.state.experiment(project.key, environment, experiment.key) is not None:
                raise key_exists(
                    f"Duplicate experiment key {experiment.key!r} in environment {environment!r}"
                    f" of project {project.key!r}. Choose another key."
                )
            self.state.put(experiment)
        return 201, response

    def _patch_experiment(self, request: CallRequest) -> tuple[int, Json]:
        domain_model = request.content_type_options.get("domain-model")
        if domain_model != SEMANTIC_PATCH and not self.lenient:
            raise invalid(
                "This is not a semantic patch. Send the header Content-Type: application/json;"
                f" domain-model={SEMANTIC_PATCH}"
            )
        with self.state.lock:
            project, before = self._experiment(request)
            body = self._shape("patch_experiment", request)
            surroundings = patch.Surroundings(
                project,
                self.state.experiments_in(project.key, before.environment_key),
                newer=self.newer,
            )
            after = patch.apply(before, body["instructions"], surroundings)
            response = self._experiment_json(project, after, self._expand(request))
            self.state.put(after, self._sample(before, after, project))
        return 200, response

    def _sample(
        self, before: Experiment, after: Experiment, project: Project
    ) -> dict[str, Simulated]:
        """The traffic of the iteration that a patch started, if it gets any."""
        known = {i.id for i in before.iterations if i.started_at is not None}
        started = after.current
        if not self.sample or project.key != demo.PROJECT:
            return {}
        if started.started_at is None or started.id in known:
            return {}
        return {started.id: demo.sample(after, project)}

    def _create_iteration(self, request: CallRequest) -> tuple[int, Json]:
        with self.state.lock:
            project, experiment = self._experiment(request)
            body = self._shape("create_iteration", request)
            if experiment.draft is not None:
                raise invalid(
                    f"Experiment {experiment.key!r} has a draft iteration already"
                    f" ({experiment.draft.id}). Start it with startIteration first."
                )
            draft = self._rules.iteration(
                body, project, experiment.environment_key, len(experiment.iterations) + 1
            )
            self.state.put(replace(experiment, draft=draft))
        return 200, self._renderer.iteration(draft, experiment, project, queries.EXPANSIONS)

    # Settings.

    def _get_experimentation_settings(self, request: CallRequest) -> tuple[int, Json]:
        return 200, self._renderer.settings(self._project(request))

    def _put_experimentation_settings(self, request: CallRequest) -> tuple[int, Json]:
        with self.state.lock:
            project = self._project(request)
            body = self._shape("put_experimentation_settings", request)
            units = self._rules.randomization_units(body["randomizationUnits"], project)
            project = replace(project, units=units)
            self.state.put(project)
        return 200, self._renderer.settings(project)

    # Results.

    def results(
        self, project: Project, experiment: Experiment, metric_key: str
    ) -> bayesian.Results:
        """The results of the current iteration for one of its metrics."""
        iteration = experiment.current
        sources = self.state.sources_of(iteration.id, metric_key)
        found: bayesian.Results = self._remembered(
            _Computation(
                (iteration.id, metric_key, sources.revision),
                lambda: bayesian.analyse(
                    iteration.treatments,
                    sources.units(metric_key),
                    project.metrics[metric_key],
                    seed=f"{experiment.key}/{metric_key}",
                ),
            )
        )
        return found

    def _get_experiment_results(self, request: CallRequest) -> tuple[int, Json]:
        project, experiment = self._experiment(request)
        metric_key = request.path["metric"]
        if metric_key not in experiment.current.metrics:
            raise not_found(
                f"Unknown metric {metric_key!r} in experiment {experiment.key!r}."
                f" {rules.known(experiment.current.metrics)}"
            )
        found = self.results(project, experiment, metric_key)
        return 200, self._renderer.results(found, experiment, metric_key)

    def _legacy_iterations(self, request: CallRequest) -> tuple[Project, str, str, list[Iteration]]:
        """The iterations that measured a metric on a flag, in one environment."""
        with self.state.lock:
            project, environment = self._environment(request)
            experiments = self.state.experiments_in(project.key, environment)
        flag_key, metric_key = request.path["flag"], request.path["metric"]
        if flag_key not in project.flags:
            raise not_found(
                f"Unknown flag {flag_key!r} in project {project.key!r}."
                f" {rules.known(project.flags)}"
            )
        if metric_key not in project.metrics:
            raise not_found(
                f"Unknown metric {metric_key!r} in project {project.key!r}."
                f" {rules.known(project.metrics)}"
            )
        iterations = [
            iteration
            for experiment in experiments
            for iteration in experiment.iterations
            if flag_key in iteration.flags and metric_key in iteration.metrics
        ]
        if not iterations:
            raise not_found(
                f"No experiment in environment {environment!r} measures metric {metric_key!r} on"
                f" flag {flag_key!r}."
            )
        return project, flag_key, metric_key, iterations

    def _get_legacy_experiment_results(self, request: CallRequest) -> tuple[int, Json]:
        window = legacy.Window(
            queries.integer(request.query, "from"), queries.integer(request.query, "to")
        )
        if window.start is not None and window.end is not None and window.start > window.end:
            raise invalid(f"from ({window.start}) must not be after to ({window.end}).")
        project, flag_key, metric_key, iterations = self._legacy_iterations(request)
        flag, metric = project.flags[flag_key], project.metrics[metric_key]
        sources = {
            iteration.id: self.state.sources_of(iteration.id, metric_key)
            for iteration in iterations
        }
        revisions = tuple((key, recorded.revision) for key, recorded in sources.items())
        body = self._remembered(
            _Computation(
                (flag_key, metric_key, window, revisions),
                lambda: legacy.analyse(
                    legacy.gather(flag, metric_key, iterations, sources), metric, window
                ),
            )
        )
        return 200, responses.legacy(body, project, request.path["environment"], flag, metric_key)

    def _reset_experiment(self, request: CallRequest) -> tuple[int, None]:
        with self.state.lock:
            _, _, metric_key, iterations = self._legacy_iterations(request)
            self.state.clear_metric([iteration.id for iteration in iterations], metric_key)
        return 204, None
