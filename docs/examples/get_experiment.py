from launchdarkly_api import ApiClient, Configuration
from launchdarkly_api.apis import ExperimentsApi
from launchdarkly_api.exceptions import NotFoundException

with ApiClient(Configuration.from_env()) as client:
    api = ExperimentsApi(client)
    try:
        experiment = api.get_experiment("demo", "test", "checkout-button", expand=["treatments"])
    except NotFoundException as error:
        print("There is no such experiment:", error.message)
    else:
        iteration = experiment.current_iteration
        if iteration is not None:
            print(experiment.name, iteration.status)
            for treatment in iteration.treatments or []:
                print(treatment.name, treatment.allocation_percent)
