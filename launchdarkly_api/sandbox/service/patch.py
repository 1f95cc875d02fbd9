"""The semantic patch of an experiment.

Each instruction turns an experiment into a new one. The caller stores the last one, or nothing if
an instruction is refused, so a patch is applied as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from launchdarkly_api.sandbox.service import fields
from launchdarkly_api.sandbox.service.problems import RefusedError, invalid
from launchdarkly_api.sandbox.service.rules import known, not_blank, rule_is_free
from launchdarkly_api.sandbox.state.clock import now
from launchdarkly_api.sandbox.state.records import Experiment, Iteration, Project

Instruction = Mapping[str, Any]


@dataclass(frozen=True)
class Surroundings:
    """The data that an instruction may read beside the experiment itself."""

    project: Project
    #: All experiments of the environment.
    experiments: Sequence[Experiment]
    #: Whether to follow the API of 2026.
    newer: bool = False


def _optional(instruction: Instruction, name: str) -> str | None:
    value = instruction.get(name)
    if value is not None and not isinstance(value, str):
        raise invalid(f"{name} must be a string, not {value!r:.80}.")
    return value


def _required(instruction: Instruction, name: str) -> str:
    value = _optional(instruction, name)
    if value is None:
        raise invalid(f"{name} is missing.")
    return value


def _update_name(experiment: Experiment, instruction: Instruction, _: Surroundings) -> Experiment:
    return replace(experiment, name=not_blank(_required(instruction, "value"), "value"))


def _update_description(
    experiment: Experiment, instruction: Instruction, _: Surroundings
) -> Experiment:
    return replace(experiment, description=_required(instruction, "value"))


def _check_can_start(
    experiment: Experiment, starting: Iteration, surroundings: Surroundings
) -> None:
    if experiment.archived_date is not None:
        raise invalid(
            f"Experiment {experiment.key!r} is archived. Restore it with restoreExperiment first."
        )
    for flag_key in starting.flags:
        flag = surroundings.project.flags[flag_key]
        if flag.archived:
            raise invalid(f"Flag {flag_key!r} is archived. Restore the flag first.")
        if not flag.configs[experiment.environment_key].on:
            raise invalid(
                f"Flag {flag_key!r} is off in environment {experiment.environment_key!r}."
                " Turn the flag on first."
            )
    if starting.randomization_unit is None:
        raise invalid(
            "The iteration has no randomizationUnit. Create an iteration that has one first."
        )
    if not any(float(t.allocation_percent) > 0 for t in starting.treatments):
        raise invalid(
            "Every treatment has an allocationPercent of zero."
            " Create an iteration that gives one of them traffic first."
        )
    conflict = rule_is_free(experiment, starting, surroundings.experiments)
    if conflict is not None:
        raise conflict


def _end_of(iteration: Iteration, at: int) -> int:
    """The end of an iteration, never before its start even if the clock was set back."""
    return max(at, iteration.started_at or at)


def _start_iteration(
    experiment: Experiment, instruction: Instruction, surroundings: Surroundings
) -> Experiment:
    justification = _optional(instruction, "changeJustification")
    current = experiment.current
    starting = experiment.draft or (current if current.status == "not_started" else None)
    if starting is None:
        raise invalid(
            f"Experiment {experiment.key!r} has no iteration to start."
            " Create one with POST .../iterations first."
        )
    if current.status == "running" and not (justification or "").strip():
        raise invalid(
            f"changeJustification is missing. Experiment {experiment.key!r} is running:"
            " give the reason why a new iteration replaces the running one."
        )
    _check_can_start(experiment, starting, surroundings)
    at = now()
    started = replace(starting, status="running", started_at=at, change_justification=justification)
    if starting is current:
        return replace(experiment, current=started)
    if current.status == "running":
        current = replace(current, status="stopped", ended_at=_end_of(current, at))
    return replace(
        experiment, current=started, draft=None, previous=(*experiment.previous, current)
    )


def _stopped(iteration: Iteration, **winner: Any) -> Iteration:
    return replace(iteration, status="stopped", ended_at=_end_of(iteration, now()), **winner)


def _stop_iteration(
    experiment: Experiment, instruction: Instruction, surroundings: Surroundings
) -> Experiment:
    winner_id = _optional(instruction, "winningTreatmentId")
    reason = _optional(instruction, "winningReason")
    current = experiment.current
    if current.status == "not_started":
        raise invalid(
            f"Experiment {experiment.key!r} is not running. Start it with startIteration first."
        )
    if winner_id is not None and all(winner_id != t.id for t in current.treatments):
        raise invalid(
            f"winningTreatmentId: the iteration has no treatment {winner_id!r}."
            f" {known(f'{t.id} ({t.name})' for t in current.treatments)}"
        )
    if current.status == "stopped":
        if winner_id not in (None, current.winning_treatment_id):
            raise invalid(
                f"Experiment {experiment.key!r} is stopped already, and not with this winner."
                " The winner of a stopped iteration cannot be changed."
            )
        return experiment
    if winner_id is None and surroundings.newer:
        raise invalid(
            "winningTreatmentId is missing. Without a clear winner, name the baseline."
            f" {known(f'{t.id} ({t.name})' for t in current.treatments)}"
        )
    stopped = _stopped(current, winning_treatment_id=winner_id, winning_reason=reason)
    return replace(experiment, current=stopped)


def _update_fields(
    experiment: Experiment, instruction: Instruction, surroundings: Surroundings
) -> Experiment:
    changes = fields.changes_of(instruction.get("value"))
    if not changes:
        raise invalid(
            f"value must name a field. {known(fields.MUTABLE[experiment.current.status])}"
        )
    return fields.change(experiment, changes, surroundings.project)


def _start_anew(
    experiment: Experiment, instruction: Instruction, surroundings: Surroundings
) -> Experiment:
    given = instruction.get("value")
    changes = {} if given is None else fields.changes_of(given)
    if experiment.draft is not None:
        raise invalid(
            f"Experiment {experiment.key!r} has a draft iteration ({experiment.draft.id})."
            " Start it with startIteration."
        )
    if experiment.current.status == "not_started":
        raise invalid(
            f"Experiment {experiment.key!r} was never started. Change it with"
            " updateExperimentFields, and start it with startIteration."
        )
    project = surroundings.project
    # The changes apply to the new iteration, and those of the experiment to the experiment.
    changed = fields.change(
        replace(experiment, current=fields.successor(experiment, project)), changes, project
    )
    before = experiment.current
    if before.status == "running":
        before = _stopped(before)
    ready = replace(changed, current=before, draft=replace(changed.current, version=1))
    return _start_iteration(ready, instruction, surroundings)


def _archive(experiment: Experiment, _: Instruction, __: Surroundings) -> Experiment:
    if experiment.archived_date is not None:
        return experiment
    return replace(experiment, archived_date=now())


def _restore(experiment: Experiment, _: Instruction, __: Surroundings) -> Experiment:
    return replace(experiment, archived_date=None)


Change: TypeAlias = Callable[[Experiment, Instruction, Surroundings], Experiment]

INSTRUCTIONS: dict[str, Change] = {
    "archiveExperiment": _archive,
    "restoreExperiment": _restore,
    "startIteration": _start_iteration,
    "stopIteration": _stop_iteration,
    "updateDescription": _update_description,
    "updateName": _update_name,
}
#: The instructions of the API of 2026.
NEWER_INSTRUCTIONS: dict[str, Change] = {
    **INSTRUCTIONS,
    "saveAndStartNewIteration": _start_anew,
    "updateExperimentFields": _update_fields,
}


def apply(
    experiment: Experiment, instructions: Sequence[Instruction], surroundings: Surroundings
) -> Experiment:
    """The experiment after all instructions.

    Raises:
        RefusedError: An instruction is refused. The message names its position.
    """
    kinds = NEWER_INSTRUCTIONS if surroundings.newer else INSTRUCTIONS
    if not instructions:
        raise invalid(f"instructions must hold at least one. {known(kinds)}")
    for number, instruction in enumerate(instructions):
        path = f"instructions[{number}]"
        kind = instruction.get("kind")
        if not isinstance(kind, str) or kind not in kinds:
            problem = "is missing" if kind is None else f"{kind!r:.80} is unknown"
            raise invalid(f"{path}.kind {problem}. {known(kinds)}")
        try:
            experiment = kinds[kind](experiment, instruction, surroundings)
        except RefusedError as problem:
            raise RefusedError(
                problem.status, problem.code, f"{path} ({kind}): {problem.message}"
            ) from None
    return experiment
