"""Tells before a request which changes of a semantic patch the service will refuse."""

# Values of any type pass through here, so the types of their parts are unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

# Its import fails if launchdarkly-api has overwritten files of this package.
from launchdarkly_api import _support as _support
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError
from launchdarkly_api.models import Experiment, Instruction

__all__ = ["RefusedChange", "refused_changes"]

#: The kinds of instruction that change fields, with the status that decides if it is not the
#: status of the current iteration. The changes of the second kind apply to the new iteration.
_STATUS = {"updateExperimentFields": None, "saveAndStartNewIteration": "not_started"}


class RefusedChange(NamedTuple):
    """A change of one field that the service will refuse.

    ``str()`` returns a sentence about it.

    - ``field``: the name of the field in JSON
    - ``operation``: the operation that was asked for
    - ``status``: the status of the iteration that decides
    - ``accepted``: the operations that the service accepts in this status
    """

    field: str
    operation: str
    status: str
    accepted: tuple[str, ...]

    def __str__(self) -> str:
        where = f"while the iteration is {self.status.replace('_', ' ')}"
        if not self.accepted:
            return f"{self.field} cannot be changed {where}."
        return (
            f"{self.field} does not accept {self.operation!r} {where},"
            f" only {' and '.join(map(repr, self.accepted))}."
        )


def refused_changes(
    experiment: Experiment, instruction: Instruction | Mapping[str, Any]
) -> list[RefusedChange]:
    """Return the changes of an instruction that the service will refuse.

    ``updateExperimentFields`` changes the experiment and its current iteration, whose status
    decides. ``saveAndStartNewIteration`` changes the new iteration before it starts. Other kinds of
    instruction change no fields by name.

    Args:
        experiment: The experiment, as ``get_experiment`` returns it with
            ``expand="mutableFieldsByStatus"``.
        instruction: The instruction, as a model or as a dict of the same shape.

    Returns:
        The refused changes, in the order of the instruction. An empty list means that the service
        accepts each field and operation; it may still refuse a value. It also means that nothing
        is known, if the service does not list the status that decides.

    Raises:
        ApiTypeError: The experiment is not an ``Experiment``, such as a dict.
        ApiValueError: The experiment lacks ``mutable_fields_by_status``.
    """
    if not isinstance(experiment, Experiment):
        raise ApiTypeError(
            f"experiment must be an Experiment, as get_experiment returns it, not"
            f" {type(experiment).__name__}"
        )
    kind, changes = instruction.get("kind"), instruction.get("value")
    # A kind of another type than text may have no hash.
    if not isinstance(kind, str) or kind not in _STATUS or not isinstance(changes, Mapping):
        return []
    if experiment.mutable_fields_by_status is None:
        raise ApiValueError(
            "The experiment does not say which fields may change; get it with"
            ' get_experiment(..., expand="mutableFieldsByStatus")'
        )
    current = experiment.current_iteration
    status = _STATUS[kind] or ("not_started" if current is None else current.status)
    accepted = experiment.mutable_fields_by_status.get(status)
    if accepted is None:
        return []
    return [
        RefusedChange(str(field), operation, status, tuple(accepted.get(field, ())))
        for field, change in changes.items()
        if (operation := _operation(change)) not in accepted.get(field, ())
    ]


def _operation(change: Any) -> str:
    return str(change.get("operation", "")) if isinstance(change, Mapping) else ""
