"""Mistakes that a type checker must find: in each line that ends with the word ``error``.

The file is checked and never run.
"""

from __future__ import annotations

import launchdarkly_api
from launchdarkly_api import ApiClient, Configuration, apis, models, notebook, sandbox
from launchdarkly_api.analysis import (
    Arm,
    DataExport,
    arms_from_events,
    results_for,
    results_from_export,
)
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.models import (
    Experiment,
    ExperimentPatchInput,
    ExperimentPost,
    FlagInput,
    FlagsInput,
    Instruction,
    Instructions,
    IterationInput,
    MetricInput,
    MetricsInput,
    RandomizationUnitInput,
    TreatmentInput,
    TreatmentsInput,
)

configuration = Configuration()
api = ExperimentsBetaApi(ApiClient(configuration))

# Names.
print(launchdarkly_api.ApiClint)  # error
print(apis.ExperimentApi)  # error
print(models.Experimnt)  # error
print(notebook.result_frame)  # error
print(sandbox.Sandbx)  # error

# Arguments of calls.
api.get_experiment("demo", "test")  # error
api.get_experiment("demo", "test", 5)  # error
api.get_experiment("demo", "test", "key", expnd="treatments")  # error
api.get_experiment("demo", "test", "key", expand=["treatment"])  # error
api.get_experiments("demo", "test", expand=["mutableFieldsByStatus"])  # error
api.get_experiments_any_env("demo", "test")  # error
api.get_experiment("demo", "test", "key", expand=["treatments", 5])  # error
api.get_experiment("demo", "test", "key", expand={"treatments": True})  # error
api.get_experiment("demo", "test", "key", _request_timeout="5")  # error
api.get_experiment("demo", "test", "key", _requesttimeout=5)  # error
api.get_experiments("demo", "test", limit="5")  # error
api.get_experiments("demo", "test", filter={"state": "running"})  # error
api.get_experiments("demo", "test", filter={"status": 5})  # error
api.get_experiments("demo", "test", filter=5)  # error
api.get_experiments("demo", "test", lifecycle_state=["deleted"])  # error
api.get_experiments("demo", "test", lifecycle_state=b"active")  # error
api.get_experiments("demo", "test", 20)  # error
api.iter_experiments("demo", "test", limit=5)  # error
api.create_experiment("demo", "test", Instructions([]))  # error
api.get_experimnt("demo", "test", "key")  # error

# Options that change what a call returns: ``with_http_info`` and ``submit`` have the types.
api.get_experiment("demo", "test", "key", async_req=True)  # error
api.get_experiment("demo", "test", "key", _return_http_data_only=False)  # error
api.with_http_info(api.get_experiment, "demo", "test")  # error
api.submit(api.get_experiment, "demo", "test", "key", expnd="treatments")  # error
number: int = api.submit(api.get_experiment, "demo", "test", "key").get()  # error
name: str = api.with_http_info(api.get_experiment, "demo", "test", "key").data  # error
data, status, headers = api.with_http_info(api.get_experiment, "demo", "test", "key")
print(data.title)  # error
print(status.upper())  # error
print(headers[0])  # error

# Requests.
first = IterationInput("h", MetricsInput([]), TreatmentsInput([]), FlagsInput())
MetricInput()  # error
MetricInput(key="signup", primary="yes")  # error
MetricInput("signup", True, "custom")  # error
MetricInput(key="signup", primary=True, prime=True)  # error
RandomizationUnitInput("user", "yes", "nobody")  # error
FlagInput(rule_id="fallthrough", flag_config_version="1")  # error
TreatmentInput(name="a", baseline=True, allocation_percent=50, parameters=[])  # error
ExperimentPost(name="n", maintainer_id="m", key="k")  # error
ExperimentPost(name="n", key="k", iteration=first, holdout="h")  # error
ExperimentPost("n", "m", "k", first, tags="growth")  # error
ExperimentPost("n", "k", first)  # error
first.primary_single_metric = "signup"  # error
ExperimentPost("n", "m", "k", {"hypothesis": "h"})  # error
MetricsInput([Instruction(kind="a")])  # error
MetricsInput(MetricInput("signup", True))  # error
FlagsInput({"flag": 5})  # error
FlagsInput(flag="fallthrough")  # error
Instruction.updateName("a")  # error
Instruction.start_iteration(justification="why")  # error
Instruction.update_experiment_fields(update=["name"])  # error
Instruction.update_experiment_fields({"name": "n"})  # error
ExperimentPatchInput(comment="without instructions")  # error
iteration = IterationInput("h", MetricsInput([]))  # error


# Responses.
def read(experiment: Experiment) -> None:
    """Unguarded optionals, names that do not exist, and wrong types."""
    print(experiment.current_iteration.status)  # error
    print(experiment.description.upper())  # error
    print(len(experiment.previous_iterations))  # error
    print(experiment.title)  # error
    print(experiment.analysis_config.bayesian_threshold)  # error
    print(experiment.environment_key.upper())  # error
    print(experiment.creation_date.year)  # error
    for treatment in experiment.current_iteration.treatments:  # error
        print(treatment)
    experiment.name = None  # error
    experiment.creation_date = "2026-01-01"  # error
    experiment.no_such_field = "x"  # error
    print(experiment.links["self"].url)  # error
    for item in api.get_experiments("demo", "test").items:  # error
        print(item)


# Settings.
configuration.hots = "https://app.launchdarkly.com"  # error
configuration.timeout = "5"  # error
configuration.retries = "3"  # error
configuration.api_key = "token"  # error
Configuration(token="token")  # error
Configuration.from_env(acess_token="token")  # error
Configuration.from_env(host=5)  # error
configuration.event_hooks["reqest"].append(print)  # error
configuration.event_hooks["request"] = print  # error
ApiClient("token")  # error
ApiClient(configuration, pool_threads="4")  # error


# Results.
def analyse(experiment: Experiment, arms: dict[str, Arm]) -> None:
    """Options that do not exist, and results of the other kind."""
    print(results_for(experiment, arms).comparisons)  # error
    print(results_for(experiment, arms, methodology="bayesian").comparisons)  # error
    results_for(experiment, arms, methodology="frequentest")  # error
    results_from_export("e", "m", experiment, "signup", colums={})  # error
    results_from_export("e", "m", experiment, "signup", start="2026-10-01")  # error
    print(arms_from_events("e", "m", experiment, ["signup"]).crossovers)  # error
    DataExport("e", "m", experiment, methodology="bayesian")  # error
