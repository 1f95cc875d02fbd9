"""Runs an experiment from start to end in a local sandbox: ``python -m launchdarkly_api.demo``.

It uses the public API of this library over real HTTP. No account is needed, and nothing leaves the
machine.
"""

from __future__ import annotations

import sys

from launchdarkly_api import ApiClient, ApiException
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.models import (
    CredibleIntervalRep,
    Experiment,
    ExperimentationSettingsPut,
    ExperimentBayesianResultsRep,
    ExperimentPatchInput,
    ExperimentPost,
    FlagInput,
    FlagsInput,
    Instruction,
    Instructions,
    IterationInput,
    MetricInput,
    MetricsInput,
    RandomizationUnitInput,
    TreatmentInput,
    TreatmentParameterInput,
    TreatmentRep,
    TreatmentsInput,
)

PROJECT, ENVIRONMENT, FLAG = "demo", "test", "checkout-button"
CONTROL = "0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e01"
TREATMENT = "0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e02"
MAINTAINER = "12ab3c45de678910fab12345"


def new_iteration() -> IterationInput:
    """Return an iteration: two treatments with half the traffic each, and three metrics."""
    return IterationInput(
        hypothesis="A larger button makes more visitors sign up",
        metrics=MetricsInput(
            [
                MetricInput(key="signup", primary=True),
                MetricInput(key="revenue", primary=False),
                MetricInput(key="page-load-ms", primary=False),
            ]
        ),
        treatments=TreatmentsInput(
            [
                _treatment("Control", CONTROL, baseline=True),
                _treatment("Larger button", TREATMENT, baseline=False),
            ]
        ),
        flags=FlagsInput({FLAG: FlagInput(rule_id="fallthrough", flag_config_version=1)}),
        randomization_unit="user",
    )


def new_experiment(key: str) -> ExperimentPost:
    """Return an experiment on the demo's flag.

    Args:
        key: The key of the experiment.

    Returns:
        The body of ``create_experiment``.
    """
    return ExperimentPost(
        name="Checkout button",
        maintainer_id=MAINTAINER,
        key=key,
        iteration=new_iteration(),
        description="Does a larger button on the checkout page bring more sign-ups?",
    )


def _treatment(name: str, variation: str, *, baseline: bool) -> TreatmentInput:
    return TreatmentInput(
        name=name,
        baseline=baseline,
        allocation_percent="50",
        parameters=[TreatmentParameterInput(flag_key=FLAG, variation_id=variation)],
    )


def tell(step: str, what: str) -> None:
    """Print one line about a step.

    Args:
        step: The name of the step.
        what: Its outcome.
    """
    print(f"{step:<10} {what}", flush=True)


def patched(api: ExperimentsBetaApi, key: str, *instructions: Instruction) -> Experiment:
    """Apply instructions to an experiment.

    Args:
        api: The API.
        key: The key of the experiment.
        *instructions: The instructions, in order.

    Returns:
        The experiment after the change.
    """
    patch = ExperimentPatchInput(instructions=Instructions(list(instructions)))
    return api.patch_experiment(PROJECT, ENVIRONMENT, key, patch)


def table(results: ExperimentBayesianResultsRep, treatments: list[TreatmentRep]) -> str:
    """Format results as a table with one line per treatment.

    Args:
        results: The results of a metric.
        treatments: The treatments of the iteration, which mark the baseline.

    Returns:
        The lines, with the mean, its 90 % interval and the probability to be best.
    """
    baselines = {treatment.id for treatment in treatments if treatment.baseline}
    lines = [f"{'treatment':<24} {'users':>6} {'mean':>8} {'90 % interval':>18} {'P(best)':>8}"]
    for result in results.treatment_results or []:
        name = result.treatment_name or "?"
        if result.treatment_id in baselines:
            name += " (baseline)"
        interval = result.credible_interval or CredibleIntervalRep()
        bounds = f"{_number(interval.lower)} .. {_number(interval.upper)}"
        lines.append(
            f"{name:<24} {result.units or 0:>6} {_number(result.mean):>8} {bounds:>18}"
            f" {_number(result.p_best):>8}"
        )
    return "\n".join(f"           {line}" for line in lines)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def live(api: ExperimentsBetaApi) -> None:
    """Run the demo, from the randomization unit to the archived experiment.

    Args:
        api: The API of the sandbox.
    """
    unit = RandomizationUnitInput(
        randomization_unit="user", default=True, standard_randomization_unit="user"
    )
    settings = api.put_experimentation_settings(PROJECT, ExperimentationSettingsPut([unit]))
    units = [each.randomization_unit for each in settings.randomization_units or []]
    tell("settings", f"experiments in {PROJECT!r} are randomized by {', '.join(map(str, units))}")

    experiment = api.create_experiment(PROJECT, ENVIRONMENT, new_experiment("checkout-button"))
    key = experiment.key
    tell("created", f"{key!r}, {experiment.name}")

    experiment = patched(api, key, Instruction.start_iteration())
    iteration = experiment.current_iteration
    tell("started", f"the first iteration is {iteration.status if iteration else 'missing'}")

    listed = list(api.iter_experiments(PROJECT, ENVIRONMENT, filter={"status": "running"}))
    tell("listed", f"{len(listed)} running: {', '.join(each.key for each in listed)}")

    experiment = api.get_experiment(
        PROJECT, ENVIRONMENT, key, expand=["treatments", "secondaryMetrics"]
    )
    iteration = experiment.current_iteration
    treatments = (iteration and iteration.treatments) or []
    tell("expanded", f"treatments: {', '.join(each.name for each in treatments)}")

    for metric in ("signup", "revenue", "page-load-ms"):
        results = api.get_experiment_results(PROJECT, ENVIRONMENT, key, metric)
        mismatch = _number(results.probability_of_mismatch)
        tell("results", f"{metric}, probability of a sample-ratio mismatch {mismatch}")
        print(table(results, treatments))

    draft = api.create_iteration(PROJECT, ENVIRONMENT, key, new_iteration())
    tell("iterated", f"the next iteration is {draft.status}")

    signup = api.get_experiment_results(PROJECT, ENVIRONMENT, key, "signup")
    best = max(signup.treatment_results or [], key=lambda result: result.p_best or 0)
    patched(
        api,
        key,
        Instruction.stop_iteration(
            winning_treatment_id=best.treatment_id,
            winning_reason=f"best with probability {_number(best.p_best)}",
        ),
    )
    tell("stopped", f"the winner is {best.treatment_name}")

    experiment = patched(api, key, Instruction.archive_experiment())
    tell("archived", f"{key!r}, {'done' if experiment.archived_date else 'not archived'}")


def main() -> int:
    """Run the demo in a new sandbox.

    Returns:
        The exit status: 0 if the demo succeeded, otherwise 1.
    """
    try:
        from launchdarkly_api.sandbox import Sandbox
    except ImportError as error:
        print(error, file=sys.stderr)
        return 1
    with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
        tell("sandbox", f"ready at {sandbox.url}")
        try:
            live(ExperimentsBetaApi(client))
        except ApiException as error:
            print(f"The demo failed: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
