"""The experiments that the guides work with: one runs, one is archived."""

from __future__ import annotations

from typing import Any

from launchdarkly_api.sandbox.service import patch, rules
from launchdarkly_api.sandbox.service.problems import RefusedError
from launchdarkly_api.sandbox.state import demo
from launchdarkly_api.sandbox.state.records import FALLTHROUGH, Project
from launchdarkly_api.sandbox.state.store import State


def put_examples(state: State) -> None:
    """Add those that are not there yet.

    :raises ValueError: What the state holds beside them leaves no room.
    """
    project = state.projects[demo.PROJECT]
    for key, name, instruction in (
        ("checkout-button", "Checkout button", "startIteration"),
        ("old-banner", "Old banner", "archiveExperiment"),
    ):
        if state.experiment(demo.PROJECT, demo.ENVIRONMENT, key) is None:
            others = state.experiments_in(demo.PROJECT, demo.ENVIRONMENT)
            try:
                created = rules.experiment(_post(project, key, name), project, demo.ENVIRONMENT)
                surroundings = patch.Surroundings(project, others)
                made = patch.apply(created, [{"kind": instruction}], surroundings)
            except RefusedError as refused:
                raise ValueError(f"Cannot add {key!r}: {refused.message}") from None
            started = made.current.started_at is not None
            state.put(made, {made.current.id: demo.sample(made, project)} if started else {})


def _post(project: Project, key: str, name: str) -> dict[str, Any]:
    """The body that creates an experiment on the demo flag."""
    variations = project.flags[demo.FLAG].variations
    return {
        "name": name,
        "description": "Does a larger button on the checkout page bring more sign-ups?",
        "maintainerId": "12ab3c45de678910fab12345",
        "key": key,
        "iteration": {
            "hypothesis": "A larger button makes more visitors sign up",
            "metrics": [
                {"key": metric, "primary": metric == "signup"} for metric in project.metrics
            ],
            "treatments": [
                {
                    "name": treatment,
                    "baseline": treatment == "Control",
                    "allocationPercent": "50",
                    "parameters": [{"flagKey": demo.FLAG, "variationId": variation.id}],
                }
                for treatment, variation in zip(("Control", "Larger button"), variations)
            ],
            "flags": {demo.FLAG: {"ruleId": FALLTHROUGH.id, "flagConfigVersion": 1}},
            "randomizationUnit": "user",
        },
    }
