"""The demo project, its example experiment, and the traffic that its experiments get."""

from __future__ import annotations

from typing import Any

from launchdarkly_api.sandbox.state.clock import now
from launchdarkly_api.sandbox.state.records import (
    FALLTHROUGH,
    Experiment,
    Flag,
    FlagConfig,
    Iteration,
    Member,
    Metric,
    MetricGroup,
    Project,
    RandomizationUnit,
    Variation,
)
from launchdarkly_api.sandbox.state.traffic import DAY, Effect, Simulated

ACCESS_TOKEN = "sandbox-token"  # noqa: S105 - it opens nothing but a sandbox
PROJECT = "demo"
ENVIRONMENT = "test"
FLAG = "checkout-button"
FUNNEL = "checkout-funnel"
#: The ids of the variations of the flag.
CONTROL = "0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e01"
TREATMENT = "0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e02"
MAINTAINER = "12ab3c45de678910fab12345"
#: The owner of the access token, who is a member of every account.
OWNER = Member(MAINTAINER, "owner@example.com", "Sandbox", "Owner", "owner", 1_672_531_200_000)
SAMPLE_UNITS = 2_000
SAMPLE_DAYS = 14


def project() -> Project:
    """The demo project, which every sandbox starts with."""
    return Project(
        key=PROJECT,
        id="0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e00",
        name="Demo",
        creation_date=now(),
        environments={ENVIRONMENT: "Test"},
        context_kinds={"user": "User"},
        units=(RandomizationUnit("user", "user", default=True),),
        flags={
            FLAG: Flag(
                key=FLAG,
                name="Checkout button",
                variations=(
                    Variation(CONTROL, "control", "control"),
                    Variation(TREATMENT, "treatment", "treatment"),
                ),
                rules=(FALLTHROUGH,),
                archived=False,
                configs={ENVIRONMENT: FlagConfig()},
            )
        },
        metrics={
            "signup": Metric("signup", "Sign-ups", "custom", numeric=False, lower_is_better=False),
            "revenue": Metric("revenue", "Revenue", "custom", numeric=True, lower_is_better=False),
            "page-load-ms": Metric(
                "page-load-ms", "Page load time", "custom", numeric=True, lower_is_better=True
            ),
        },
        metric_groups={
            FUNNEL: MetricGroup(FUNNEL, "Checkout funnel", "funnel", ("signup", "revenue"))
        },
    )


def experiment_post(project: Project, key: str, name: str) -> dict[str, Any]:
    """The request body that creates an experiment on the flag of the demo project, as of 2026."""
    variations = project.flags[FLAG].variations
    return {
        "name": name,
        "description": "Does a larger button on the checkout page bring more sign-ups?",
        "maintainerId": MAINTAINER,
        "methodology": "bayesian",
        "key": key,
        "iteration": {
            "hypothesis": "A larger button makes more visitors sign up",
            "metrics": [{"key": metric} for metric in project.metrics],
            "primarySingleMetricKey": "signup",
            "treatments": [
                {
                    "name": treatment,
                    "baseline": treatment == "Control",
                    "allocationPercent": "50",
                    "parameters": [{"flagKey": FLAG, "variationId": variation.id}],
                }
                for treatment, variation in zip(("Control", "Larger button"), variations)
            ],
            "flags": {FLAG: {"ruleId": FALLTHROUGH.id, "flagConfigVersion": 1}},
            "randomizationUnit": "user",
        },
    }


#: The effect of the baseline, and the relative gain of each further treatment.
_BEHAVIOUR = {
    "signup": (Effect(rate=0.10), 0.30),
    "revenue": (Effect(rate=0.30, mean=50.0, deviation=20.0), 0.10),
    "page-load-ms": (Effect(rate=0.95, mean=900.0, deviation=250.0), 0.04),
}
_OTHER_CONVERSION = (Effect(rate=0.20), 0.15)
_OTHER_NUMBER = (Effect(rate=0.50, mean=100.0, deviation=40.0), 0.05)


def _effect(metric: Metric, position: int) -> Effect:
    base, gain = _BEHAVIOUR.get(metric.key, _OTHER_NUMBER if metric.numeric else _OTHER_CONVERSION)
    factor = 1.0 + gain * position
    if metric.lower_is_better:
        factor = 1.0 / factor
    if metric.numeric:
        return Effect(base.rate, base.mean * factor, base.deviation)
    return Effect(min(base.rate * factor, 1.0))


def default_effects(project: Project, iteration: Iteration) -> dict[str, dict[str, Effect]]:
    """The default effects: the baseline first, and each further treatment somewhat better."""
    ordered = sorted(iteration.treatments, key=lambda t: not t.baseline)
    return {
        key: {
            treatment.id: _effect(project.metrics[key], position)
            for position, treatment in enumerate(ordered)
        }
        for key in iteration.metrics
    }


def sample(experiment: Experiment, project: Project) -> Simulated:
    """The fixed sample of a started iteration.

    It covers the two weeks before the start, so that a daily series has days to show.
    """
    iteration = experiment.current
    end = iteration.started_at or now()
    return Simulated(
        name="sample",
        seed=f"{experiment.key}/{iteration.number}",
        units=SAMPLE_UNITS,
        shares={t.id: float(t.allocation_percent) for t in iteration.treatments},
        effects=default_effects(project, iteration),
        start=end - SAMPLE_DAYS * DAY,
        end=end,
    )
