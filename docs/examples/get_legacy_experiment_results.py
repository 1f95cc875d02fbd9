import warnings
from datetime import datetime, timedelta, timezone

from launchdarkly_api import ApiClient, ApiException, Configuration
from launchdarkly_api.apis import ExperimentsBetaApi

# The service has withdrawn this call, and Python says so. launchdarkly_api.analysis computes
# results.
warnings.simplefilter("ignore", DeprecationWarning)
now = datetime.now(timezone.utc)

with ApiClient(Configuration.from_env()) as client:
    api = ExperimentsBetaApi(client)
    try:
        results = api.get_legacy_experiment_results(
            "demo", "checkout-button", "test", "signup", _from=now - timedelta(days=30), to=now
        )
        for total in results.totals or []:
            print(total.cumulative_count, total.cumulative_conversion_rate)
    except ApiException as error:
        print("There are no legacy results:", error)
