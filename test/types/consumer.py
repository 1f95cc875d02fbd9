"""A program with the types that it gets. It is checked, and it runs as well."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from datetime import date, datetime, timezone
from typing import Any, Literal

from typing_extensions import assert_type

import launchdarkly_api
from launchdarkly_api import ApiClient, ApiException, Configuration
from launchdarkly_api.analysis import (
    Arm,
    ArmCounts,
    Comparison,
    DataExport,
    EventMetric,
    ExportResults,
    FrequentistResults,
    arms_from_events,
    results_for,
    results_for_metrics,
    results_from_export,
)
from launchdarkly_api.analysis.experiments import Methodology
from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi as SameApi
from launchdarkly_api.apis import ExperimentsApi, ExperimentsBetaApi
from launchdarkly_api.events import RequestEvent
from launchdarkly_api.exceptions import ApiTimeoutException, RateLimitedException
from launchdarkly_api.future import ApiFuture
from launchdarkly_api.model.metric_v2_rep import MetricV2Rep
from launchdarkly_api.model_utils import Model, decode
from launchdarkly_api.models import (
    AnalysisConfigInput,
    Experiment,
    ExperimentationSettingsRep,
    ExperimentBayesianResultsRep,
    ExperimentCollectionRep,
    ExperimentPatchInput,
    ExperimentPost,
    ExperimentResults,
    FlagInput,
    FlagsInput,
    Instruction,
    Instructions,
    IterationInput,
    IterationRep,
    Link,
    MetricInput,
    MetricsInput,
    RandomizationUnitInput,
    TreatmentInput,
    TreatmentParameterInput,
    TreatmentRep,
    TreatmentsInput,
)
from launchdarkly_api.patches import RefusedChange, refused_changes
from launchdarkly_api.response import ApiResponse


def calls_return_their_models(api: ExperimentsBetaApi) -> None:
    """A call returns its model, and options keep that."""
    assert_type(api.get_experiment("demo", "test", "checkout-button"), Experiment)
    assert_type(api.get_experiments("demo", "test", limit=5, offset=0), ExperimentCollectionRep)
    assert_type(
        api.get_experiment_results("demo", "test", "checkout-button", "signup"),
        ExperimentBayesianResultsRep,
    )
    assert_type(api.get_experimentation_settings("demo"), ExperimentationSettingsRep)
    assert_type(api.iter_experiments("demo", "test", page_size=1), Iterator[Experiment])
    assert_type(
        api.get_experiment(
            "demo",
            "test",
            "checkout-button",
            expand=["treatments", "secondaryMetrics"],
            _request_timeout=(5, 30.0),
            _headers={"X-Request-Id": "1"},
            _check_return_type=False,
            _host_index=None,
        ),
        Experiment,
    )
    api.get_experiments("demo", "test", filter={"status": "running"}, lifecycle_state="archived")
    api.get_experiments("demo", "test", filter={"flagKey": ["one", "two"]}, expand="treatments")
    api.get_experiments("demo", "test", lifecycle_state=["active", "archived"])


def words_from_elsewhere(api: ExperimentsBetaApi) -> None:
    """Known words in any sequence or set, others as a text."""
    words: list[Literal["treatments"]] = ["treatments"]
    states: set[Literal["active", "archived"]] = {"active"}
    one: dict[Literal["flagKey", "metricKey", "status"], str] = {"status": "running"}
    many: Mapping[Literal["flagKey", "metricKey", "status"], list[str]] = {"flagKey": ["a", "b"]}
    learnt: list[str] = ["treatments", "secondaryMetrics"]
    pairs: list[str] = ["status:running", "flagKey:checkout-button"]
    api.get_experiments("demo", "test", filter=one, expand=words, lifecycle_state=states)
    api.get_experiments("demo", "test", filter=many, expand=deque(words))
    api.get_experiments("demo", "test", filter=pairs, expand=dict.fromkeys(words).keys())
    api.get_experiment("demo", "test", "checkout-button", expand=tuple(words))
    api.get_experiment("demo", "test", "checkout-button", expand=",".join(learnt))
    list(api.iter_experiments("demo", "test", filter=one, expand=words, lifecycle_state=states))


def the_rest_of_the_calls(api: ExperimentsBetaApi) -> None:
    """Calls that the other functions do not make."""
    window = datetime(2026, 1, 1, tzinfo=timezone.utc)
    assert_type(
        api.get_legacy_experiment_results(
            "demo", "checkout-button", "test", "signup", _from=window, to="2026-02-01T00:00:00Z"
        ),
        ExperimentResults,
    )
    unit = RandomizationUnitInput("user", True, "user")
    put = {"randomization_units": [unit]}
    assert_type(api.put_experimentation_settings("demo", put), ExperimentationSettingsRep)


def status_and_headers(api: ExperimentsBetaApi) -> None:
    """The typed ways to more than the data."""
    response = api.with_http_info(api.get_experiment, "demo", "test", "checkout-button")
    assert_type(response, ApiResponse[Experiment])
    assert_type(response.data, Experiment)
    assert_type(response.status, int)
    assert_type(response.headers, Mapping[str, str])
    data, status, headers = response
    assert_type(data, Experiment)
    assert_type(status, int)
    assert_type(headers, Mapping[str, str])
    page = api.with_http_info(api.get_experiments, "demo", "test", limit=1)
    assert_type(page, ApiResponse[ExperimentCollectionRep])


def futures(api: ExperimentsBetaApi) -> None:
    """The typed way to a future, which can be awaited."""
    future = api.submit(api.get_experiment, "demo", "test", "checkout-button", expand="treatments")
    assert_type(future, ApiFuture[Experiment])
    assert_type(future.get(timeout=30), Experiment)
    standard: Future[Experiment] = future
    assert_type(standard.result(), Experiment)

    async def wait() -> None:
        results = api.submit(
            api.get_experiment_results, "demo", "test", "checkout-button", "signup"
        )
        assert_type(await results, ExperimentBayesianResultsRep)
        both = await asyncio.gather(
            api.submit(api.get_experiment, "demo", "test", "checkout-button"),
            api.submit(api.get_experiments, "demo", "test"),
        )
        assert_type(both, tuple[Experiment, ExperimentCollectionRep])

    asyncio.run(wait())


def fields(experiment: Experiment) -> None:
    """A required field has its type, an optional one is ``None``-able."""
    assert_type(experiment.key, str)
    assert_type(experiment.creation_date, int)
    assert_type(experiment.links, dict[str, Link])
    assert_type(experiment.description, str | None)
    assert_type(experiment.archived_date, int | None)
    assert_type(experiment.current_iteration, IterationRep | None)
    assert_type(experiment.previous_iterations, list[IterationRep] | None)
    iteration = experiment.current_iteration
    if iteration is not None:
        assert_type(iteration.treatments, list[TreatmentRep] | None)
        for treatment in iteration.treatments or []:
            assert_type(treatment.allocation_percent, str)
        metric = iteration.primary_metric
        if metric is not None:
            word(metric)
    experiment.description = None
    experiment.description = "A new one"
    assert_type("description" in experiment, bool)
    assert_type(experiment.to_dict(), dict[str, Any])


def word(metric: MetricV2Rep) -> str:
    """A received enumeration is open: there is always another word."""
    assert_type(metric.kind, Literal["pageview", "click", "custom", "trace"] | str)
    match metric.kind:
        case "pageview" | "click" | "custom":
            return "known"
        case other:
            return other


def bodies(api: ExperimentsBetaApi) -> None:
    """Requests: required fields by position or by name, the others by name."""
    metrics = MetricsInput([MetricInput("signup", True), MetricInput(key="revenue", primary=False)])
    for metric in metrics:
        assert_type(metric, MetricInput)
    assert_type(metrics[0], MetricInput)
    assert_type(metrics.value, list[MetricInput])
    iteration = IterationInput(
        hypothesis="A larger button brings more sign-ups",
        metrics=metrics,
        treatments=TreatmentsInput(
            [
                TreatmentInput(
                    name=name,
                    baseline=name == "Small",
                    allocation_percent="50",
                    parameters=[TreatmentParameterInput("checkout-button", variation)],
                )
                for name, variation in (
                    ("Small", "0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e01"),
                    ("Large", "0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e02"),
                )
            ]
        ),
        flags=FlagsInput({"checkout-button": FlagInput("fallthrough", flag_config_version=1)}),
        primary_single_metric_key="signup",
        randomization_unit="user",
    )
    post = ExperimentPost("Typed", "12ab3c45de678910fab12345", "typed", iteration, description="d")
    post["methodology"] = "bayesian"
    again = ExperimentPost(name="Typed", key="typed", iteration=iteration, holdout_id="h")
    assert_type(again.maintainer_id, str | None)
    ExperimentPost("Typed", None, "typed", iteration, tags=["growth"], methodology="bayesian")
    ExperimentPost("Typed", key="typed", iteration=iteration)
    assert_type(api.create_experiment("demo", "test", post), Experiment)
    assert_type(api.create_iteration("demo", "test", "checkout-button", iteration), IterationRep)
    patch = ExperimentPatchInput(
        instructions=Instructions([Instruction.update_name("Typed, too")]), comment="why"
    )
    assert_type(api.patch_experiment("demo", "test", "typed", patch), Experiment)
    api.patch_experiment("demo", "test", "typed", {"instructions": [{"kind": "archiveExperiment"}]})
    by_name = FlagsInput(some_flag=FlagInput("fallthrough", 1))
    assert_type(by_name["some_flag"], FlagInput)


def today(api: ExperimentsApi) -> None:
    """The calls and the fields of 2026."""
    try:
        assert_type(api.get_experiments_any_env("demo", limit=5), ExperimentCollectionRep)
    except ApiException as error:
        print(error)  # the sandbox of 2023 does not have the call
    assert_type(api.iter_experiments_any_env("demo", page_size=5), Iterator[Experiment])
    api.get_experiments("demo", "test", expand=["analysisConfig"])
    wanted = Instruction.update_experiment_fields(
        update={"name": "n", "analysis_config": AnalysisConfigInput(bayesian_threshold="90")},
        add={"tags": ["growth"]},
        remove=["holdout_id"],
    )
    Instruction.save_and_start_new_iteration("why", update={"hypothesis": "h"})
    experiment = decode(
        Experiment,
        {
            "key": "k",
            "name": "n",
            "_maintainerId": "m",
            "_creationDate": 1,
            "_links": {},
            "mutableFieldsByStatus": {"not_started": {"name": ["update"]}},
        },
    )
    refused = refused_changes(experiment, wanted)
    assert_type(refused, list[RefusedChange])
    assert_type(refused[0].accepted, tuple[str, ...])
    assert_type(
        experiment.methodology, Literal["bayesian", "frequentist", "export_only"] | str | None
    )
    assert_type(experiment.holdout_id, str | None)
    if experiment.analysis_config is not None:
        assert_type(experiment.analysis_config.bayesian_threshold, str | None)
    if experiment.mutable_fields_by_status is not None:
        assert_type(experiment.mutable_fields_by_status.running, dict[str, list[str]] | None)


def errors(api: ExperimentsBetaApi) -> None:
    """Exceptions have typed parts."""
    try:
        api.get_experiment("demo", "test", "no-such-experiment")
    except (RateLimitedException, ApiTimeoutException) as error:
        assert_type(error.retry_after, float | None)
    except ApiException as error:
        assert_type(error.status, int | None)
        assert_type(error.code, str | None)
        assert_type(error.error, Model | None)
        assert_type(error.attempts, int)


def configured(configuration: Configuration) -> ExperimentsBetaApi:
    """Settings, hooks, and a client."""

    def hook(event: RequestEvent) -> None:
        assert_type(event.attempt, int)

    configuration.event_hooks["request"].append(hook)
    configuration.timeout = (5, 30)
    configuration.retries = 2
    configuration.api_key["ApiKey"] = str(configuration.api_key["ApiKey"])
    assert_type(configuration.host, str)
    assert_type(launchdarkly_api.__version__, str)
    with ApiClient(configuration, pool_threads=2) as client:
        assert_type(client, ApiClient)
        api = ExperimentsBetaApi(client)
        assert_type(api, SameApi)
    return api


def decoded() -> None:
    """Parsed JSON as a model."""
    assert_type(decode(MetricInput, {"key": "signup", "primary": True}), MetricInput)


def main(configuration: Configuration) -> None:
    """Run it all."""
    api = configured(configuration)
    calls_return_their_models(api)
    words_from_elsewhere(api)
    the_rest_of_the_calls(api)
    status_and_headers(api)
    futures(api)
    fields(api.get_experiment("demo", "test", "checkout-button", expand="treatments"))
    bodies(api)
    today(api)
    errors(api)
    decoded()


def results_are_typed_by_their_methodology(
    experiment: Experiment, arms: Mapping[str, Arm], methodology: Methodology | None
) -> None:
    """Without a methodology it may be either; with one, no ``isinstance`` is needed."""
    assert_type(results_for(experiment, arms, methodology="bayesian"), ExperimentBayesianResultsRep)
    assert_type(results_for(experiment, arms, methodology="frequentist"), FrequentistResults)
    assert_type(results_for(experiment, arms), ExperimentBayesianResultsRep | FrequentistResults)
    assert_type(
        results_for(experiment, arms, methodology=methodology),
        ExperimentBayesianResultsRep | FrequentistResults,
    )
    assert_type(
        results_for_metrics(experiment, {"signup": arms}, methodology="bayesian"),
        dict[str, ExperimentBayesianResultsRep],
    )


def exported_events_have_typed_results(events: str, experiment: Experiment) -> None:
    """Options are typed, and one metric has one result."""
    assert_type(arms_from_events(events, events, experiment, "signup", end=0), ArmCounts)
    assert_type(
        arms_from_events(events, events, experiment, ["signup"], columns={"event_id": None}),
        dict[str, ArmCounts],
    )
    one = results_from_export(
        events, events, experiment, "signup", methodology="bayesian", flag_key="f", level=0.95
    )
    assert_type(one.results, ExperimentBayesianResultsRep)
    many = results_from_export(
        events, events, experiment, ["signup"], methodology="frequentist", progress=False
    )
    assert_type(many["signup"].results.comparisons, tuple[Comparison, ...])
    either = results_from_export(events, events, experiment, EventMetric("signup"))
    assert_type(either, ExportResults)
    assert_type(either.results, ExperimentBayesianResultsRep | FrequentistResults)
    export = DataExport(events, events, experiment)
    for day, outcome in export.results_by_day("signup", methodology="bayesian").items():
        assert_type(day, date)
        assert_type(outcome.results, ExperimentBayesianResultsRep)
    for segment, split in export.results_by_segment(
        "signup", "plan", methodology="frequentist"
    ).items():
        assert_type(segment, str | None)
        assert_type(split.results, FrequentistResults)
