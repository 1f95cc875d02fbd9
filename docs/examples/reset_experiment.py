# The service has withdrawn this call: it responds with 404. A new iteration has results of its own.
from launchdarkly_api import ApiClient, ApiException, Configuration
from launchdarkly_api.apis import ExperimentsBetaApi

with ApiClient(Configuration.from_env()) as client:
    api = ExperimentsBetaApi(client)
    try:
        api.reset_experiment("demo", "checkout-button", "test", "signup")
        print("The results are gone")
    except ApiException as error:
        print("Nothing was deleted:", error)
