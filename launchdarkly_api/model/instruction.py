from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from launchdarkly_api._modelling.declaration import camel_case
from launchdarkly_api.exceptions import ApiTypeError
from launchdarkly_api.model_utils import Model


class Instruction(Model):
    """One step of a semantic patch: its ``kind``, and what that kind asks for.

    The class methods make the kinds that the service documents for experiments. Any other goes
    in as keywords: ``Instruction(kind="updateName", value="New name")``.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        def __init__(self, /, *args: Mapping[str, Any], **properties: Any) -> None: ...
        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...

    @classmethod
    def update_name(cls, value: str) -> Instruction:
        """Give the experiment a new name."""
        return cls(kind="updateName", value=cls._text("value", value))

    @classmethod
    def update_description(cls, value: str) -> Instruction:
        """Give the experiment a new description."""
        return cls(kind="updateDescription", value=cls._text("value", value))

    @classmethod
    def start_iteration(cls, change_justification: str | None = None) -> Instruction:
        """Start the iteration that is not started yet.

        The flag must be on and not archived, the randomization unit set, and one treatment's
        allocation above zero. Where an iteration is running it is stopped, and the service
        wants to know why: ``change_justification`` is required then.
        """
        return cls._of("startIteration", change_justification=change_justification)

    @classmethod
    def stop_iteration(
        cls, winning_treatment_id: str | None = None, winning_reason: str | None = None
    ) -> Instruction:
        """Stop the running iteration, naming the winner and why it won."""
        return cls._of(
            "stopIteration",
            winning_treatment_id=winning_treatment_id,
            winning_reason=winning_reason,
        )

    @classmethod
    def archive_experiment(cls) -> Instruction:
        """Archive the experiment. It cannot be started until it is restored."""
        return cls(kind="archiveExperiment")

    @classmethod
    def restore_experiment(cls) -> Instruction:
        """Bring an archived experiment back."""
        return cls(kind="restoreExperiment")

    @classmethod
    def _of(cls, kind: str, **parameters: str | None) -> Instruction:
        given = {
            camel_case(name): cls._text(name, value)
            for name, value in parameters.items()
            if value is not None
        }
        return cls(kind=kind, **given)

    @classmethod
    def _text(cls, name: str, value: Any) -> str:
        """A parameter. As a property it may be anything, and the service answers 400."""
        if isinstance(value, str):
            return value
        raise ApiTypeError(
            f"Expected str, got {type(value).__name__} {value!r:.60}", [name], (str,)
        )
