from launchdarkly_api import ApiClient, ApiException, Configuration
from launchdarkly_api.apis import ExperimentsApi
from launchdarkly_api.models import (
    ExperimentPost,
    FlagInput,
    FlagsInput,
    IterationInput,
    MetricInput,
    MetricsInput,
    TreatmentInput,
    TreatmentParameterInput,
    TreatmentsInput,
)

CONTROL = "0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e01"
LARGER = "0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e02"

post = ExperimentPost(
    name="Larger banner",
    maintainer_id="12ab3c45de678910fab12345",
    tags=["growth"],
    key="larger-banner",
    iteration=IterationInput(
        hypothesis="A larger banner brings more sign-ups",
        metrics=MetricsInput([MetricInput(key="signup")]),
        treatments=TreatmentsInput(
            [
                TreatmentInput(
                    name="Control",
                    baseline=True,
                    allocation_percent="50",
                    parameters=[TreatmentParameterInput("checkout-button", CONTROL)],
                ),
                TreatmentInput(
                    name="Larger",
                    baseline=False,
                    allocation_percent="50",
                    parameters=[TreatmentParameterInput("checkout-button", LARGER)],
                ),
            ]
        ),
        flags=FlagsInput({"checkout-button": FlagInput("fallthrough", flag_config_version=1)}),
        primary_single_metric_key="signup",
        randomization_unit="user",
    ),
)

with ApiClient(Configuration.from_env()) as client:
    api = ExperimentsApi(client)
    try:
        experiment = api.create_experiment("demo", "test", post)
        print(experiment.key, experiment.creation_date)
    except ApiException as error:
        print("The experiment was not created:", error)
