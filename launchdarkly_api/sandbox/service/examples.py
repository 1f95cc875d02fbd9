"""The example experiments of the guides: one is running, one is archived."""

from __future__ import annotations

from typing import Any

from launchdarkly_api.sandbox.service import patch, rules, rules_2026
from launchdarkly_api.sandbox.service.problems import RefusedError
from launchdarkly_api.sandbox.state import demo
from launchdarkly_api.sandbox.state.store import State

EXAMPLES = (
    ("checkout-button", "Checkout button", "startIteration"),
    ("old-banner", "Old banner", "archiveExperiment"),
)


def put_examples(state: State, *, newer: bool = True) -> None:
    """Add the example experiments that do not exist yet.

    Args:
        state: The records to change.
        newer: Whether to follow the rules of 2026, and not those of 2023.

    Raises:
        ValueError: Another experiment in the state conflicts with one of them.
    """
    project = state.projects[demo.PROJECT]
    version: Any = rules_2026 if newer else rules
    for key, name, instruction in EXAMPLES:
        if state.experiment(demo.PROJECT, demo.ENVIRONMENT, key) is None:
            others = state.experiments_in(demo.PROJECT, demo.ENVIRONMENT)
            body = demo.experiment_post(project, key, name)
            try:
                created = version.experiment(
                    body if newer else _of_2023(body), project, demo.ENVIRONMENT
                )
                surroundings = patch.Surroundings(project, others, newer=newer)
                made = patch.apply(created, [{"kind": instruction}], surroundings)
            except RefusedError as refused:
                raise ValueError(f"Cannot add {key!r}: {refused.message}") from None
            started = made.current.started_at is not None
            state.put(made, {made.current.id: demo.sample(made, project)} if started else {})


def _of_2023(body: dict[str, Any]) -> dict[str, Any]:
    """The same experiment in the contract of 2023, which marks the primary metric itself."""
    iteration = body["iteration"]
    metrics = [
        {**metric, "primary": metric["key"] == iteration["primarySingleMetricKey"]}
        for metric in iteration["metrics"]
    ]
    return {**body, "iteration": {**iteration, "metrics": metrics}}
