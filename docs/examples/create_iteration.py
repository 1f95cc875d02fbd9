# The service has deprecated this call: Instruction.save_and_start_new_iteration replaces it.
from launchdarkly_api import ApiClient, ApiException, Configuration
from launchdarkly_api.apis import ExperimentsApi

# A dict of the same shape does as well as a model, and is checked alike.
iteration = {
    "hypothesis": "An even larger button brings more sign-ups",
    "metrics": [{"key": "signup"}],
    "treatments": [
        {
            "name": "Control",
            "baseline": True,
            "allocation_percent": "50",
            "parameters": [
                {
                    "flag_key": "checkout-button",
                    "variation_id": "0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e01",
                }
            ],
        },
        {
            "name": "Larger",
            "baseline": False,
            "allocation_percent": "50",
            "parameters": [
                {
                    "flag_key": "checkout-button",
                    "variation_id": "0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e02",
                }
            ],
        },
    ],
    "flags": {"checkout-button": {"rule_id": "fallthrough", "flag_config_version": 1}},
    "primary_single_metric_key": "signup",
    "randomization_unit": "user",
}

with ApiClient(Configuration.from_env()) as client:
    api = ExperimentsApi(client)
    try:
        draft = api.create_iteration("demo", "test", "checkout-button", iteration)
        print(draft.status)
    except ApiException as error:
        print("The iteration was not created:", error)
