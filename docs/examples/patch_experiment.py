from launchdarkly_api import ApiClient, ApiException, Configuration
from launchdarkly_api.apis import ExperimentsApi
from launchdarkly_api.models import ExperimentPatchInput, Instruction, Instructions

patch = ExperimentPatchInput(
    instructions=Instructions(
        [
            Instruction.update_experiment_fields(
                update={"name": "A larger button", "description": "Shown to every visitor"},
                add={"tags": ["growth"]},
            ),
        ]
    ),
    comment="Named after the review",
)

with ApiClient(Configuration.from_env()) as client:
    api = ExperimentsApi(client)
    try:
        experiment = api.patch_experiment("demo", "test", "checkout-button", patch)
        print(experiment.name, "-", experiment.description, experiment.tags)
    except ApiException as error:
        print("Nothing was changed:", error)
