# The service has withdrawn this call: it responds with 404, and launchdarkly_api.analysis computes
# results.
from launchdarkly_api import ApiClient, ApiException, Configuration
from launchdarkly_api.apis import ExperimentsBetaApi

with ApiClient(Configuration.from_env()) as client:
    api = ExperimentsBetaApi(client)
    try:
        results = api.get_experiment_results("demo", "test", "checkout-button", "signup")
    except ApiException as error:
        print("There are no results:", error)
    else:
        for result in results.treatment_results or []:
            print(result.treatment_name, result.mean, result.p_best)
        print("Probability of a sample-ratio mismatch:", results.probability_of_mismatch)
