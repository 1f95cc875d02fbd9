from launchdarkly_api import ApiClient, ApiException, Configuration
from launchdarkly_api.apis import ExperimentsApi

with ApiClient(Configuration.from_env()) as client:
    api = ExperimentsApi(client)
    try:
        page = api.get_experiments_any_env("demo", limit=10, filter={"status": "running"})
        print(page.total_count, "experiments are running")
        for experiment in page.items or []:
            print(experiment.environment_key, experiment.key)
    except ApiException as error:
        print("The experiments could not be listed:", error)
