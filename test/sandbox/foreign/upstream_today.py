"""Run by the interpreter of a client of LaunchDarkly of 2025 or later: an experiment's whole life.

Prints one JSON object with the version of the client and, for each step, true or what went wrong.
The arguments are the sandbox's URL and token.
"""

import json
import sys
import traceback

import launchdarkly_api
from launchdarkly_api import models
from launchdarkly_api.api.experiments_api import ExperimentsApi
from launchdarkly_api.exceptions import ApiException

URL, TOKEN = sys.argv[1:]
PLACE = ("demo", "test")
EXPAND = "previousIterations,draftIteration,secondaryMetrics,treatments,analysisConfig"
SEMANTIC = "application/json; domain-model=launchdarkly.semanticpatch"
VARIATION = "0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e0"
#: Clients of 2025 have a class for each list and each map.
OLDER = hasattr(models, "MetricsInput")


def client_of(token, beta=True):
    configuration = launchdarkly_api.Configuration(host=URL)
    configuration.api_key["ApiKey"] = token
    client = launchdarkly_api.ApiClient(configuration)
    if beta:
        client.set_default_header("LD-API-Version", "beta")
    return ExperimentsApi(client)


api = client_of(TOKEN)
steps = {}


def step(name):
    """Run a function at once. It returns whether what it saw is as expected."""

    def run(function):
        try:
            held = function()
            steps[name] = True if held is True else f"saw {held!r}"
        except Exception:  # noqa: BLE001 - any failure is one of the step
            steps[name] = traceback.format_exc(limit=-2)[-600:]

    return run


def read(model, *names):
    """A value within a model, or None if a part of the way is absent."""
    for name in names:
        if model is None:
            return None
        if isinstance(name, int) or isinstance(model, dict):
            model = model[name]
        else:
            model = model.get(name) if OLDER else getattr(model, name)
    return model


def status_of(call, *arguments, **options):
    """Status and code of a call that must be refused."""
    try:
        call(*arguments, **options)
    except ApiException as error:
        return [error.status, json.loads(error.body).get("code")]
    return "not refused"


def listed(name, values):
    return getattr(models, name)(values) if OLDER else values


def iteration(hypothesis, metrics=("signup", "revenue"), primary="signup", **parts):
    flag = models.FlagInput(rule_id="fallthrough", flag_config_version=1)
    flags = {"checkout-button": flag}
    if primary is not None:
        parts["primary_single_metric_key"] = primary
    return models.IterationInput(
        hypothesis=hypothesis,
        metrics=listed(
            "MetricsInput",
            [models.MetricInput(key=key, primary=key == primary) for key in metrics],
        ),
        treatments=listed(
            "TreatmentsInput",
            [
                models.TreatmentInput(
                    name=name,
                    baseline=name == "control",
                    allocation_percent="50",
                    parameters=[
                        models.TreatmentParameterInput(
                            flag_key="checkout-button", variation_id=f"{VARIATION}{number}"
                        )
                    ],
                )
                for number, name in enumerate(("control", "treatment"), 1)
            ],
        ),
        flags=models.FlagsInput(**flags) if OLDER else flags,
        randomization_unit="user",
        **parts,
    )


def patch(*instructions, key="life", **options):
    if OLDER:
        instructions = models.Instructions([models.Instruction(**each) for each in instructions])
    else:
        instructions = list(instructions)
    body = models.ExperimentPatchInput(comment="from another client", instructions=instructions)
    return api.patch_experiment(*PLACE, key, body, **{"_content_type": SEMANTIC, **options})


def get(key="life", expand=EXPAND):
    return api.get_experiment(*PLACE, key, expand=expand)


def keys(**query):
    return [item.key for item in api.get_experiments(*PLACE, **query).items]


def change(operation, value=None):
    return {"operation": operation} if value is None else {"operation": operation, "value": value}


def update(**fields):
    return {"kind": "updateExperimentFields", "value": fields}


# Access.


@step("a wrong token is a 401")
def _():
    return status_of(client_of("wrong").get_experiments, *PLACE) == [401, "unauthorized"]


@step("an unknown project is a 404")
def _():
    return status_of(api.get_experiments, "nowhere", "test") == [404, "not_found"]


@step("without the header of the beta, nothing is returned")
def _():
    # The live service's error has no code, and some clients cannot decode that.
    try:
        client_of(TOKEN, beta=False).get_experiments(*PLACE)
    except Exception as error:  # noqa: BLE001 - see above
        return getattr(error, "status", 403) == 403
    return False


# Settings.


@step("settings are written")
def _():
    put = models.RandomizationSettingsPut
    more = {"standard_randomization_unit": "user"} if OLDER else {}
    unit = models.RandomizationUnitInput(randomization_unit="user", default=True, **more)
    settings = api.put_experimentation_settings("demo", put(randomization_units=[unit]))
    return read(settings, "randomization_units", 0, "display_name") == "User"


@step("settings are read")
def _():
    settings = api.get_experimentation_settings("demo")
    return read(settings, "randomization_units", 0, "default") is True


# Before the start.


def post(key, body, **parts):
    parts["maintainer_id"] = "12ab3c45de678910fgh12345"
    return models.ExperimentPost(name="A whole life", key=key, iteration=body, **parts)


@step("an experiment is created")
def _():
    parts = {"description": "d", "methodology": "bayesian"}
    if not OLDER:
        config = models.AnalysisConfigInput(bayesian_threshold="95", test_direction="two-sided")
        parts.update(tags=["a"], holdout_id="h", analysis_config=config)
        parts.update(type="experiment", data_source="snowflake")
    made = api.create_experiment(*PLACE, post("life", iteration("first"), **parts))
    current = read(made, "current_iteration")
    return [made.key, made.description, made.methodology, current.status] == [
        "life",
        "d",
        "bayesian",
        "not_started",
    ]


@step("a taken key is a 400")
def _():
    return status_of(api.create_experiment, *PLACE, post("life", iteration("again"))) == [
        400,
        "invalid_request",
    ]


@step("an invalid body is a 400")
def _():
    body = post("other", iteration("x", metrics=["nothing"], primary="nothing"))
    return status_of(api.create_experiment, *PLACE, body) == [400, "invalid_request"]


@step("an experiment is read")
def _():
    found = get(expand="")
    current = read(found, "current_iteration")
    return [read(current, "primary_metric", "key"), read(current, "treatments")] == ["signup", None]


@step("an unknown experiment is a 404")
def _():
    return status_of(get, "un/known") == [404, "not_found"]


@step("an experiment is expanded")
def _():
    current = get().current_iteration
    metrics = [metric.key for metric in read(current, "secondary_metrics")]
    names = [treatment.name for treatment in current.treatments]
    return [metrics, names] == [["revenue"], ["control", "treatment"]]


@step("fields come back as they were sent")
def _():
    found = get()
    if OLDER:
        return read(found, "environment_key") == "test"
    return [
        found.tags,
        found.holdout_id,
        found.analysis_config.bayesian_threshold,
        found.type,
        found.data_source,
        found.current_iteration.primary_single_metric.key,
        [metric.is_group for metric in found.current_iteration.metrics],
    ] == [["a"], "h", "95", "experiment", "snowflake", "signup", [False, False]]


@step("the mutable fields are read")
def _():
    found = get(expand="mutableFieldsByStatus")
    if OLDER:
        return "update" in found["mutableFieldsByStatus"]["running"]["name"]
    return "update" in found.mutable_fields_by_status.running["name"]


@step("a patch that is not semantic is a 400")
def _():
    archive = {"kind": "archiveExperiment"}
    found = status_of(patch, archive, _content_type="application/json")
    return found == [400, "invalid_request"]


@step("fields of the experiment are updated")
def _():
    found = patch(update(name=change("update", "Renamed"), tags=change("add", ["b"])))
    return found.name == "Renamed" and (OLDER or found.tags == ["a", "b"])


@step("fields of the iteration are updated before its start")
def _():
    found = patch(update(hypothesis=change("update", "second")))
    return found.current_iteration.hypothesis == "second"


@step("an unknown field is a 400")
def _():
    return status_of(patch, update(key=change("update", "k"))) == [400, "invalid_request"]


# Running.


@step("an iteration is started")
def _():
    return patch({"kind": "startIteration"}).current_iteration.status == "running"


@step("the running experiments are listed")
def _():
    return keys(expand=EXPAND, filter="status:running,flagKey:checkout-button") == ["life"]


@step("a metric is added while the iteration runs")
def _():
    patch(update(metrics=change("add", [{"key": "page-load-ms"}])))
    current = get().current_iteration
    return [m.key for m in read(current, "secondary_metrics")] == ["revenue", "page-load-ms"]


@step("a locked field is a 400")
def _():
    refused = status_of(patch, update(hypothesis=change("update", "x")))
    return refused == [400, "invalid_request"]


@step("a rule in another running experiment is a 409")
def _():
    api.create_experiment(*PLACE, post("rival", iteration("rival")))
    return status_of(patch, {"kind": "startIteration"}, key="rival") == [409, "conflict"]


@step("a new iteration is saved and started")
def _():
    found = patch(
        {
            "kind": "saveAndStartNewIteration",
            "changeJustification": "less is more",
            "value": {"hypothesis": change("update", "third")},
        }
    )
    current = found.current_iteration
    return [current.hypothesis, current.status] == ["third", "running"]


@step("the previous iteration is read")
def _():
    (before,) = get().previous_iterations
    return [before.hypothesis, before.status, before.ended_at > 0] == ["second", "stopped", True]


@step("a further iteration is created")
def _():
    made = api.create_iteration(*PLACE, "life", iteration("fourth"))
    return [made.status, made.id == get().draft_iteration.id] == ["not_started", True]


@step("a start without a justification is a 400")
def _():
    return status_of(patch, {"kind": "startIteration"}) == [400, "invalid_request"]


@step("the further iteration is started")
def _():
    found = patch({"kind": "startIteration", "changeJustification": "why not"})
    return [found.current_iteration.hypothesis, len(get().previous_iterations)] == ["fourth", 2]


# The end.


@step("a stop without a winner is a 400")
def _():
    return status_of(patch, {"kind": "stopIteration"}) == [400, "invalid_request"]


@step("the iteration is stopped with a winner")
def _():
    winner = get().current_iteration.treatments[1].id
    stop = {"kind": "stopIteration", "winningTreatmentId": winner, "winningReason": "it wins"}
    current = patch(stop).current_iteration
    return [current.status, current.winning_treatment_id == winner, current.winning_reason] == [
        "stopped",
        True,
        "it wins",
    ]


@step("name and description are changed in the older way")
def _():
    found = patch(
        {"kind": "updateName", "value": "Lived"}, {"kind": "updateDescription", "value": "e"}
    )
    return [found.name, found.description] == ["Lived", "e"]


@step("the experiment is archived")
def _():
    found = patch({"kind": "archiveExperiment"})
    return found.archived_date >= found.creation_date


@step("an archived experiment cannot start")
def _():
    return status_of(patch, {"kind": "saveAndStartNewIteration"}) == [400, "invalid_request"]


@step("archived experiments are listed")
def _():
    return [keys(), keys(lifecycle_state="archived")] == [["rival"], ["life"]]


@step("the experiment is restored")
def _():
    return read(patch({"kind": "restoreExperiment"}), "archived_date") is None


@step("a list has pages")
def _():
    page = api.get_experiments(*PLACE, limit=1, offset=1)
    return [[item.key for item in page.items], page.total_count, "prev" in page.links] == [
        ["rival"],
        2,
        True,
    ]


if not OLDER:

    @step("experiments of any environment are listed")
    def _():
        page = api.get_experiments_any_env("demo", expand=EXPAND, lifecycle_state="active,archived")
        return [(item.key, item.environment_key) for item in page.items] == [
            ("life", "test"),
            ("rival", "test"),
        ]

    @step("experiments of any environment of an unknown project are a 404")
    def _():
        return status_of(api.get_experiments_any_env, "nowhere") == [404, "not_found"]

    @step("a funnel is the primary metric")
    def _():
        body = iteration("f", ["page-load-ms"], None, primary_funnel_key="checkout-funnel")
        body.metrics.append(models.MetricInput(key="checkout-funnel", is_group=True))
        api.create_experiment(*PLACE, post("funnel", body))
        current = get("funnel").current_iteration
        return [
            current.primary_funnel.kind,
            [metric.key for metric in current.primary_funnel.metrics],
            current.primary_metric.is_group,
            current.primary_single_metric,
        ] == ["funnel", ["signup", "revenue"], True, None]

    @step("a multi-armed bandit is created")
    def _():
        body = iteration("m", reallocation_frequency_millis=3_600_000, covariate_id="c")
        made = api.create_experiment(*PLACE, post("bandit", body, type="mab"))
        current = made.current_iteration
        return [
            made.methodology,
            current.reallocation_frequency_millis,
            current.covariate_info.id,
        ] == ["bayesian", 3_600_000, "c"]

else:

    @step("the withdrawn results are a 404")
    def _():
        call = api.get_experiment_results
        return status_of(call, *PLACE, "life", "signup") == [404, "not_found"]


print(
    json.dumps(
        {
            "version": launchdarkly_api.__version__,
            "of this interpreter": launchdarkly_api.__file__.startswith(sys.prefix),
            "steps": steps,
        }
    )
)
