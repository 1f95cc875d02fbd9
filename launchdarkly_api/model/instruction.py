from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, cast

from launchdarkly_api._modelling.containers import Object
from launchdarkly_api._modelling.declaration import camel_case
from launchdarkly_api._modelling.json_value import publicly
from launchdarkly_api._modelling.misspelt import close_field
from launchdarkly_api._modelling.validation import STRICT
from launchdarkly_api._support.caller import level_of_caller
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError
from launchdarkly_api.model.experiment_post import ExperimentPost
from launchdarkly_api.model.iteration_input import IterationInput
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
        """Give the experiment a new name.

        The service deprecates this kind, so this emits a ``DeprecationWarning``. Use
        ``update_experiment_fields(update={"name": ...})``.
        """
        cls._warn_of("updateName")
        return cls(kind="updateName", value=cls._checked_text("value", value))

    @classmethod
    def update_description(cls, value: str) -> Instruction:
        """Give the experiment a new description.

        The service deprecates this kind, so this emits a ``DeprecationWarning``. Use
        ``update_experiment_fields(update={"description": ...})``.
        """
        cls._warn_of("updateDescription")
        return cls(kind="updateDescription", value=cls._checked_text("value", value))

    @classmethod
    def update_experiment_fields(
        cls,
        *,
        update: Mapping[str, Any] | None = None,
        add: Mapping[str, Any] | None = None,
        remove: Mapping[str, Any] | Collection[str] = (),
    ) -> Instruction:
        """Change fields of the experiment and of its current iteration.

        The three arguments are the operations. Each maps the names of fields, in Python or in JSON,
        to values: ``update`` replaces a value, ``add`` adds items to a list, and ``remove`` removes
        the given items, or the whole value if it is a list of names. Values of declared fields are
        checked, and a name that looks like a misspelt field emits a ``UserWarning``.
        ``refused_changes`` tells which operations the service accepts.
        """
        changes = cls._changes(update=update, add=add, remove=remove)
        if not changes:
            raise ApiValueError("update_experiment_fields() needs a field to change")
        return cls(kind="updateExperimentFields", value=changes)

    @classmethod
    def save_and_start_new_iteration(
        cls,
        change_justification: str | None = None,
        *,
        update: Mapping[str, Any] | None = None,
        add: Mapping[str, Any] | None = None,
        remove: Mapping[str, Any] | Collection[str] = (),
    ) -> Instruction:
        """Stop the running iteration, and start a new one that differs in the given fields.

        The fields are given as in ``update_experiment_fields``. Fields that cannot change while an
        iteration is running, such as ``treatments``, can change here.
        """
        made = cls._of("saveAndStartNewIteration", change_justification=change_justification)
        if changes := cls._changes(update=update, add=add, remove=remove):
            made["value"] = changes
        return made

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
    def _changes(
        cls, **operations: Mapping[str, Any] | Collection[str] | None
    ) -> dict[str, dict[str, Any]]:
        """Return changes in the form of the service: the operation and the value of each field."""
        changes: dict[str, dict[str, Any]] = {}
        for operation, fields in operations.items():
            if isinstance(fields, str) or not isinstance(fields, (Collection, type(None))):
                raise ApiTypeError(
                    f"Expected a mapping of fields, got {type(fields).__name__}", [operation]
                )
            if operation != "remove" and not isinstance(fields, (Mapping, type(None))):
                raise ApiTypeError(f"{operation} needs the values of fields", [operation])
            values: Mapping[str, Any] = (
                cast("Mapping[str, Any]", fields)
                if isinstance(fields, Mapping)
                else dict.fromkeys(fields or ())
            )
            for name, given in values.items():
                wire, value = cls._checked_field(operation, name, given)
                if wire in changes:
                    raise ApiValueError(f"{name!r} is changed twice", [operation, name])
                changes[wire] = {"operation": operation}
                if value is not None:
                    changes[wire]["value"] = value
        return changes

    @classmethod
    def _checked_field(cls, operation: str, name: str, value: Any) -> tuple[str, Any]:
        """Return the name in JSON and the checked value of a field that a patch changes."""
        if not isinstance(name, str):
            raise ApiTypeError(f"Names of fields are text, not {name!r:.60}", [operation], (str,))
        found = (schema.by_either.get(name) for schema in cls._changed_schemas())
        known = next((field for field in found if field), None)
        if known is None:
            cls._warn_of_name(name)
        if operation == "remove":
            return (known.wire if known else name), value
        if value is None:
            raise ApiValueError(f"{operation} needs a value", [operation, name])
        if known is None:
            return name, value
        return known.wire, publicly(known.schema.accept, value, STRICT, inside=(operation, name))

    @classmethod
    def _changed_schemas(cls) -> tuple[Object, ...]:
        """Return the schemas of the models whose fields a patch can change."""
        return ExperimentPost._schema, IterationInput._schema

    @classmethod
    def _warn_of_name(cls, name: str) -> None:
        """Emit a ``UserWarning`` for a name that resembles a field, or is in snake case."""
        found = (close_field(schema, name) for schema in cls._changed_schemas())
        close = next((field for field in found if field), None)
        if close or "_" in name:
            import warnings

            hint = f" Did you mean {close!r}?" if close else ""
            warnings.warn(
                f"An experiment has no field {name!r}, and it is sent under this name.{hint}",
                UserWarning,
                stacklevel=level_of_caller(),
            )

    @classmethod
    def _warn_of(cls, kind: str) -> None:
        import warnings

        warnings.warn(
            f"{kind} is deprecated by the service; use update_experiment_fields",
            DeprecationWarning,
            stacklevel=level_of_caller(),
        )

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
