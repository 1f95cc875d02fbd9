"""Runs an experiment from start to end in a local sandbox: ``python -m launchdarkly_api.demo``.

It uses the public API of this library over real HTTP. No account is needed, and nothing leaves the
machine.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from launchdarkly_api import ApiClient, ApiException

# Its import fails if launchdarkly-api has overwritten files of this package.
from launchdarkly_api import _support as _support
from launchdarkly_api.apis import ExperimentsApi
from launchdarkly_api.model_utils import decode
from launchdarkly_api.models import (
    CredibleIntervalRep,
    Experiment,
    ExperimentationSettingsPut,
    ExperimentBayesianResultsRep,
    ExperimentPatchInput,
    ExperimentPost,
    Instruction,
    Instructions,
    IterationInput,
    RandomizationUnitInput,
    TreatmentRep,
)
from launchdarkly_api.sandbox.state import demo as data

if TYPE_CHECKING:
    from launchdarkly_api.analysis import Arm
    from launchdarkly_api.sandbox import Sandbox

PROJECT, ENVIRONMENT = data.PROJECT, data.ENVIRONMENT
#: The users of each treatment, the number that signed up, and the purchases.
UNITS = 1_000
SIGNUPS = {"Control": 100, "Larger button": 130}
PURCHASES = {"Control": [30.0, 50.0, 70.0] * 100, "Larger button": [30.0, 50.0, 75.0] * 105}
NEXT = (
    "make these calls yourself: python -m launchdarkly_api.docs getting-started",
    "start a sandbox for your own calls: python -m launchdarkly_api.sandbox --demo",
    "see results as tables and plots: python -m launchdarkly_api.docs notebooks",
)


def new_experiment(key: str) -> ExperimentPost:
    """Return an experiment on the flag of the demo project, with three metrics.

    Each of its two treatments gets half of the traffic. The sandbox's option ``--demo`` creates an
    experiment from the same body.

    Args:
        key: The key of the experiment.

    Returns:
        The body of ``create_experiment``.
    """
    body = data.experiment_post(data.project(), key, "Checkout button")
    return decode(ExperimentPost, body)


def new_iteration() -> IterationInput:
    """Return a further iteration of such an experiment.

    Returns:
        The body of ``create_iteration``.
    """
    return new_experiment("any").iteration


def report(step: str, outcome: str) -> None:
    """Print one line about a step.

    Args:
        step: The name of the step.
        outcome: Its outcome.
    """
    print(f"{step:<10} {outcome}", flush=True)


def patched(api: ExperimentsApi, key: str, *instructions: Instruction) -> Experiment:
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


def counts(metric: str, treatment: str) -> Arm:
    """Count the traffic of a treatment, as a query to your own data would.

    Args:
        metric: The key of the metric.
        treatment: The name of the treatment.

    Returns:
        The counts.
    """
    from launchdarkly_api.analysis import Arm

    if metric == "signup":
        return Arm(units=UNITS, conversions=SIGNUPS[treatment])
    purchases = PURCHASES[treatment]
    # A user who buys nothing counts with the value 0.
    return Arm.from_values([*purchases, *[0.0] * (UNITS - len(purchases))])


def results_of(metric: str, treatments: list[TreatmentRep]) -> ExperimentBayesianResultsRep:
    """Compute the results of a metric, which no call of today's service returns.

    Args:
        metric: The key of the metric.
        treatments: The treatments of the iteration.

    Returns:
        The results.
    """
    from launchdarkly_api.analysis import bayesian_results

    return bayesian_results(
        {treatment.id: counts(metric, treatment.name) for treatment in treatments if treatment.id},
        names={treatment.id: treatment.name for treatment in treatments if treatment.id},
        shares={t.id: float(t.allocation_percent) for t in treatments if t.id},
    )


def live(api: ExperimentsApi, sandbox: Sandbox) -> None:
    """Run the demo, from the randomization unit to the archived experiment.

    Args:
        api: The API of the sandbox.
        sandbox: The sandbox, which gets the traffic.
    """
    unit = RandomizationUnitInput(randomization_unit="user", default=True)
    settings = api.put_experimentation_settings(PROJECT, ExperimentationSettingsPut([unit]))
    units = [each.randomization_unit for each in settings.randomization_units or []]
    report("settings", f"experiments in {PROJECT!r} are randomized by {', '.join(map(str, units))}")

    experiment = api.create_experiment(PROJECT, ENVIRONMENT, new_experiment("checkout-button"))
    key = experiment.key
    report("created", f"{key!r}, {experiment.name}")

    iteration = patched(api, key, Instruction.start_iteration()).current_iteration
    report("started", f"the first iteration is {iteration.status if iteration else 'missing'}")

    running = list(api.iter_experiments_any_env(PROJECT, filter={"status": "running"}))
    report("listed", f"{len(running)} running: {', '.join(each.key for each in running)}")

    iteration = api.get_experiment(
        PROJECT, ENVIRONMENT, key, expand=["treatments"]
    ).current_iteration
    treatments = (iteration and iteration.treatments) or []
    report("expanded", f"treatments: {', '.join(each.name for each in treatments)}")

    for name, signups in SIGNUPS.items():
        sandbox.record(
            key, name, units=UNITS, events={"signup": signups, "revenue": PURCHASES[name]}
        )
    report("traffic", f"{UNITS * len(SIGNUPS):,} users, counted for each treatment")

    for metric in ("signup", "revenue"):
        results = results_of(metric, treatments)
        mismatch = _number(results.probability_of_mismatch)
        report("results", f"{metric}, probability of a sample-ratio mismatch {mismatch}")
        print(table(results, treatments))

    rename = Instruction.update_experiment_fields(update={"name": "Larger checkout button"})
    report("changed", f"the name is now {patched(api, key, rename).name!r}")

    signup = results_of("signup", treatments)
    best = max(signup.treatment_results or [], key=lambda result: result.p_best or 0)
    patched(
        api,
        key,
        Instruction.stop_iteration(
            winning_treatment_id=best.treatment_id,
            winning_reason=f"best with probability {_number(best.p_best)}",
        ),
    )
    report("stopped", f"the winner is {best.treatment_name}")

    experiment = patched(api, key, Instruction.archive_experiment())
    report("archived", f"{key!r}, {'done' if experiment.archived_date else 'not archived'}")


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
        report("sandbox", f"ready at {sandbox.url}")
        try:
            live(ExperimentsApi(client), sandbox)
        except (ApiException, ImportError) as error:
            print(f"The demo failed: {error}", file=sys.stderr)
            return 1
    for step in NEXT:
        report("next", step)
    return 0


if __name__ == "__main__":
    sys.exit(main())
