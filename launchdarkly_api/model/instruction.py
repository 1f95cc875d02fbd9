from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from launchdarkly_api._modelling.declaration import camel_case
from launchdarkly_api.exceptions import ApiTypeError
from launchdarkly_api.model_utils import Model


class Instruction(Model):
    """One change of a semantic patch: its ``kind``, and the parameters of that kind.

    The class methods create the kinds that the service documents for experiments. Any other kind
    can be written with keywords: ``Instruction(kind="updateName", value="New name")``.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        def __init__(self, /, *args: Mapping[str, Any], **properties: Any) -> None: ...
        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...

    @classmethod
    def update_name(cls, value: str) -> Instruction:
        """Give the experiment a new name."""
        return cls(kind="updateName", value=cls._checked_text("value", value))

    @classmethod
    def update_description(cls, value: str) -> Instruction:
        """Give the experiment a new description."""
        return cls(kind="updateDescription", value=cls._checked_text("value", value))

    @classmethod
    def start_iteration(cls, change_justification: str | None = None) -> Instruction:
        """Start the iteration that has not started yet.

        The flag must be on and not archived, the randomization unit must be set, and at least one
        treatment must have an allocation above zero. If another iteration is running, the service
        stops it and requires a ``change_justification``.
        """
        return cls._of("startIteration", change_justification=change_justification)

    @classmethod
    def stop_iteration(
        cls, winning_treatment_id: str | None = None, winning_reason: str | None = None
    ) -> Instruction:
        """Stop the running iteration, and optionally name the winner and the reason."""
        return cls._of(
            "stopIteration",
            winning_treatment_id=winning_treatment_id,
            winning_reason=winning_reason,
        )

    @classmethod
    def archive_experiment(cls) -> Instruction:
        """Archive the experiment, which then cannot be started until it is restored."""
        return cls(kind="archiveExperiment")

    @classmethod
    def restore_experiment(cls) -> Instruction:
        """Restore an archived experiment."""
        return cls(kind="restoreExperiment")

    @classmethod
    def _of(cls, kind: str, **parameters: str | None) -> Instruction:
        given = {
            camel_case(name): cls._checked_text(name, value)
            for name, value in parameters.items()
            if value is not None
        }
        return cls(kind=kind, **given)

    @classmethod
    def _checked_text(cls, name: str, value: Any) -> str:
        """Check a parameter here, because the schema of an instruction accepts any value."""
        if isinstance(value, str):
            return value
        raise ApiTypeError(
            f"Expected str, got {type(value).__name__} {value!r:.60}", [name], (str,)
        )
