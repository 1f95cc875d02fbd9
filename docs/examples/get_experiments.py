from launchdarkly_api import ApiClient, ApiException, Configuration
from launchdarkly_api.apis import ExperimentsApi

with ApiClient(Configuration.from_env()) as client:
    api = ExperimentsApi(client)
    try:
        page = api.get_experiments(
            "demo",
            "test",
            limit=10,
            filter={"flagKey": "checkout-button", "status": "running"},
            lifecycle_state=["active", "archived"],
        )
        print(page.total_count, "experiments match")
        for experiment in page.items or []:
            print(experiment.key, experiment.name)
    except ApiException as error:
        print("The experiments could not be listed:", error)
