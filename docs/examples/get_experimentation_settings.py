from launchdarkly_api import ApiClient, ApiException, Configuration
from launchdarkly_api.apis import ExperimentsApi

with ApiClient(Configuration.from_env()) as client:
    api = ExperimentsApi(client)
    try:
        settings = api.get_experimentation_settings("demo")
        for unit in settings.randomization_units or []:
            print(unit.randomization_unit, unit.default)
    except ApiException as error:
        print("The settings could not be read:", error)
