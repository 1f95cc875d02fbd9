"""Run by the upstream Python client's own interpreter: an experiment's whole life.

Prints one JSON object with the observations. The arguments are the sandbox's URL and token.
"""

import json
import sys

import launchdarkly_api
from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi
from launchdarkly_api.exceptions import ApiException
from launchdarkly_api.models import (
    ExperimentationSettingsPut,
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
    TreatmentParameterInput,
    TreatmentsInput,
)

URL, TOKEN = sys.argv[1:]
PLACE = ("demo", "test")
EXPAND = "previousIterations,draftIteration,secondaryMetrics,treatments"
SEMANTIC = "application/json; domain-model=launchdarkly.semanticpatch"
seen = {
    "version": launchdarkly_api.__version__,
    "of this interpreter": launchdarkly_api.__file__.startswith(sys.prefix),
}

configuration = launchdarkly_api.Configuration(host=URL)
configuration.api_key["ApiKey"] = TOKEN
client = launchdarkly_api.ApiClient(configuration)
api = ExperimentsBetaApi(client)


def refusal(call, *arguments, **options):
    """Status and code of a call that must be refused."""
    try:
        call(*arguments, **options)
    except ApiException as error:
        return [error.status, json.loads(error.body).get("code")]
    return "not refused"


def iteration(hypothesis):
    variation = "0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e0"
    return IterationInput(
        hypothesis=hypothesis,
        can_reshuffle_traffic=True,
        metrics=MetricsInput(
            [
                MetricInput(key="signup", primary=True),
                MetricInput(key="revenue", primary=False),
                MetricInput(key="page-load-ms", primary=False),
            ]
        ),
        treatments=TreatmentsInput(
            [
                TreatmentInput(
                    name=name,
                    baseline=name == "control",
                    allocation_percent="50",
                    parameters=[
                        TreatmentParameterInput(
                            flag_key="checkout-button", variation_id=f"{variation}{number}"
                        )
                    ],
                )
                for number, name in enumerate(("control", "treatment"), 1)
            ]
        ),
        flags=FlagsInput(
            **{"checkout-button": FlagInput(rule_id="fallthrough", flag_config_version=1)}
        ),
        randomization_unit="user",
    )


def patch(*instructions, **options):
    body = ExperimentPatchInput(
        comment="from upstream", instructions=Instructions([Instruction(**i) for i in instructions])
    )
    return api.patch_experiment(*PLACE, "life", body, _content_type=SEMANTIC, **options)


def listed(**query):
    page = api.get_experiments(*PLACE, **query)
    return page["items"][0] if page["items"] else None


seen["without the beta header"] = refusal(api.get_experiments, *PLACE)
client.set_default_header("LD-API-Version", "beta")

settings = api.put_experimentation_settings(
    "demo",
    ExperimentationSettingsPut(
        randomization_units=[
            RandomizationUnitInput(
                randomization_unit="user", default=True, standard_randomization_unit="user"
            )
        ]
    ),
)
same = api.get_experimentation_settings("demo")
seen["settings"] = [settings.randomization_units[0].display_name, settings == same]

post = ExperimentPost(
    name="A whole life",
    description="from the upstream client",
    maintainer_id="12ab3c45de678910fgh12345",
    key="life",
    iteration=iteration("Green sells more"),
)
created = api.create_experiment(*PLACE, post)
seen["created"] = [created.key, created.description, created.current_iteration.status]
seen["created twice"] = refusal(api.create_experiment, *PLACE, post)
seen["unknown"] = refusal(api.get_experiment, *PLACE, "unknown")
seen["not semantic"] = refusal(
    api.patch_experiment,
    *PLACE,
    "life",
    ExperimentPatchInput(instructions=Instructions([Instruction(kind="archiveExperiment")])),
)

seen["started"] = patch({"kind": "startIteration"}).current_iteration.status
running = listed(expand=EXPAND, filter="status:running,flagKey:checkout-button")
treatments = running.current_iteration.treatments
seen["treatments"] = [[t.name, t.baseline, t.allocation_percent] for t in treatments]
seen["metrics"] = [
    running.current_iteration.primary_metric.key,
    *(metric.key for metric in running.current_iteration.secondary_metrics),
]

seen["results"] = {}
for metric in ("signup", "revenue", "page-load-ms"):
    results = api.get_experiment_results(*PLACE, "life", metric)
    seen["results"][metric] = [
        results.metric_seen.ever,
        all(
            arm.credible_interval.lower < arm.mean < arm.credible_interval.upper
            for arm in results.treatment_results
        ),
        round(sum(arm.p_best for arm in results.treatment_results), 6),
        [arm.relative_differences[0].from_treatment_id for arm in results.treatment_results]
        == [treatments[1].id, treatments[0].id],
        0 <= results.probability_of_mismatch <= 1,
    ]
legacy = api.get_legacy_experiment_results("demo", "checkout-button", "test", "signup")
seen["legacy"] = [
    [metadata.key for metadata in legacy.metadata],
    len(legacy.totals),
    len(legacy.series) >= 14,
    len(legacy.series[0].variation_data.value),
    legacy.stats.p_value < 1,
]
early = api.get_legacy_experiment_results("demo", "checkout-button", "test", "signup", to=1)
seen["legacy before all"] = [early.totals[0].cumulative_impression_count, early.series]

draft = api.create_iteration(*PLACE, "life", iteration("Larger sells more still"))
seen["draft"] = [draft.status, draft.id == listed(expand=EXPAND).draft_iteration.id]
seen["unjustified"] = refusal(patch, {"kind": "startIteration"})
second = patch({"kind": "startIteration", "changeJustification": "A larger button"})
seen["second"] = [second.current_iteration.id == draft.id, second.current_iteration.status]
winner = listed(expand=EXPAND).current_iteration.treatments[1].id
stopped = patch(
    {"kind": "stopIteration", "winningTreatmentId": winner, "winningReason": "It sells more"},
    {"kind": "updateName", "value": "A whole life, lived"},
)
seen["stopped"] = [
    stopped.name,
    stopped.current_iteration.status,
    stopped.current_iteration.winning_treatment_id == winner,
    stopped.current_iteration.winning_reason,
]
archived = patch({"kind": "archiveExperiment"})
seen["archived"] = [
    archived.archived_date >= archived.creation_date,
    listed(),
    listed(lifecycle_state="archived").key,
]
seen["restored"] = "archived_date" in patch({"kind": "restoreExperiment"})
seen["previous"] = [i.status for i in listed(expand=EXPAND).previous_iterations]

seen["reset"] = api.reset_experiment("demo", "checkout-button", "test", "signup")
after = api.get_legacy_experiment_results("demo", "checkout-button", "test", "signup")
seen["after the reset"] = after.totals[0].cumulative_impression_count
print(json.dumps(seen))
