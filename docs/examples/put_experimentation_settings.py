from launchdarkly_api import ApiClient, ApiException, Configuration
from launchdarkly_api.apis import ExperimentsApi
from launchdarkly_api.models import ExperimentationSettingsPut, RandomizationUnitInput

settings = ExperimentationSettingsPut(
    randomization_units=[RandomizationUnitInput("user", default=True)]
)

with ApiClient(Configuration.from_env()) as client:
    api = ExperimentsApi(client)
    try:
        saved = api.put_experimentation_settings("demo", settings)
        print([unit.randomization_unit for unit in saved.randomization_units or []])
    except ApiException as error:
        print("The settings were not changed:", error)
