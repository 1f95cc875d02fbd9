"""The example experiments of the guides: one is running, one is archived."""

from __future__ import annotations

from launchdarkly_api.sandbox.service import patch, rules
from launchdarkly_api.sandbox.service.problems import RefusedError
from launchdarkly_api.sandbox.state import demo
from launchdarkly_api.sandbox.state.store import State


def put_examples(state: State) -> None:
    """Add the example experiments that do not exist yet.

    Raises:
        ValueError: Another experiment in the state conflicts with one of them.
    """
    project = state.projects[demo.PROJECT]
    for key, name, instruction in (
        ("checkout-button", "Checkout button", "startIteration"),
        ("old-banner", "Old banner", "archiveExperiment"),
    ):
        if state.experiment(demo.PROJECT, demo.ENVIRONMENT, key) is None:
            others = state.experiments_in(demo.PROJECT, demo.ENVIRONMENT)
            try:
                created = rules.experiment(
                    demo.experiment_post(project, key, name), project, demo.ENVIRONMENT
                )
                surroundings = patch.Surroundings(project, others)
                made = patch.apply(created, [{"kind": instruction}], surroundings)
            except RefusedError as refused:
                raise ValueError(f"Cannot add {key!r}: {refused.message}") from None
            started = made.current.started_at is not None
            state.put(made, {made.current.id: demo.sample(made, project)} if started else {})
