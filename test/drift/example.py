"""Declarations for the tests, which ``example.json`` contradicts in every way that there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from launchdarkly_api._call.endpoint import Endpoint, Parameter
from launchdarkly_api.api.base import BaseApi
from launchdarkly_api.model_utils import KW_ONLY, ArrayModel, EpochMilliseconds, Model, field
from launchdarkly_api.models import NotFoundErrorRep

PATH = "/api/v2/experiments"
_KEY = Parameter("key", "key")

LIST_TRIALS = Endpoint(
    name="list_trials",
    method="GET",
    path=PATH,
    path_parameters=(),
    query_parameters=(
        Parameter("limit", "limit", int),
        Parameter("color", "color"),
        Parameter("expand", "expand"),
        Parameter("state", "state"),
    ),
    returns="Trials",
    success=200,
    errors=(404, 418),
    observed=(409,),
)
GET_TRIAL = Endpoint("get_trial", "GET", f"{PATH}/{{key}}", (_KEY,), (), "Trial")
CREATE_TRIAL = Endpoint(
    name="create_trial",
    method="POST",
    path=PATH,
    path_parameters=(),
    body_name="trial_post",
    body="TrialPost",
    returns="Trial",
    success=201,
    errors=(),
    deprecated=True,
)
PATCH_TRIAL = Endpoint("patch_trial", "PATCH", f"{PATH}/{{key}}", (_KEY,), (), "Trial")
MOVE_TRIAL = Endpoint("move_trial", "POST", f"{PATH}/{{key}}/move", (_KEY,), (), success=204)
STOP_TRIAL = Endpoint("stop_trial", "POST", f"{PATH}/{{key}}/stop", (_KEY,), (), success=204)
LOSE_TRIAL = Endpoint(
    "lose_trial", "POST", f"{PATH}/{{key}}/lose", (_KEY,), (), success=204, withdrawn=True
)
FIND_TRIAL = Endpoint(
    "find_trial", "POST", f"{PATH}/{{key}}/find", (_KEY,), (), success=204, withdrawn=True
)


class TrialsApi(BaseApi):
    """The calls whose arguments say more than their endpoints."""

    def list_trials(
        self,
        color: str,
        *,
        limit: int | None = None,
        expand: Sequence[Literal["arms", "leaves"]] | None = None,
        state: Literal["open", "closed"],
    ) -> Trials:
        """Get all trials."""
        raise NotImplementedError


class Change(Model):
    """One change of a trial."""

    __slots__ = ()

    @classmethod
    def rename(cls, value: str) -> Change:
        """Give it a new name."""
        raise NotImplementedError

    @classmethod
    def begin_trial(cls, old_reason: str) -> Change:
        """Begin it."""
        raise NotImplementedError

    @classmethod
    def drop_trial(cls) -> Change:
        """Drop it."""
        raise NotImplementedError

    @classmethod
    def kinds(cls) -> list[str]:
        """Return what is not an instruction."""
        raise NotImplementedError


class Arm(Model):
    """An arm of a trial."""

    __slots__ = ()

    weight: int
    """The weight."""
    side: str
    """The side."""


class ArmInput(Model):
    """A new arm of a trial."""

    __slots__ = ()

    weight: int
    """The weight."""


class Arms(ArrayModel[Arm]):
    """The arms of a trial."""

    __slots__ = ()


class Notes(Model):
    """Texts by language."""

    __slots__ = ()

    _additional = str


class Unused(Model):
    """An object that no call uses."""

    __slots__ = ()

    note: str
    """A note."""


class Trial(Model):
    """A trial."""

    __slots__ = ()

    key: str
    """The key."""
    size: int
    """The size."""
    ratio: float | None
    """The ratio."""
    arms: Arms
    """The arms."""
    notes: Notes
    """Texts."""
    _: KW_ONLY
    id: str | None = field("_id", default=None)
    """The id."""
    started: EpochMilliseconds | None = None
    """When it started. The service deprecates it."""
    color: Literal["red", "green"] | str | None = None
    """The color."""
    shape: Literal["round", "square"] | str | None = None
    """The shape."""
    taste: str | None = None
    """The taste."""
    owner: Arm | None = None
    """The owner."""
    parts: list[int] | None = None
    """The parts."""
    either: int | list[str] | None = None
    """One or the other."""
    other: Any = None
    """Anything."""
    old: bool | None = None
    """A field of before."""


class TrialPost(Model):
    """A new trial."""

    __slots__ = ()

    key: str
    """The key."""
    _: KW_ONLY
    tags: list[str] | None = None
    """The tags."""
    arm: ArmInput | None = None
    """The arm."""
    mood: Literal["calm"] | None = None
    """The mood."""
    kind: Literal["trial"] | None = None
    """The kind."""
    level: int | None = None
    """The level."""


class Trials(Model):
    """All trials."""

    __slots__ = ()

    items: list[Trial]
    """The trials."""


MODELS: dict[str, type[Any]] = {
    model.__name__: model
    for model in (
        Arm,
        ArmInput,
        Arms,
        Change,
        NotFoundErrorRep,
        Notes,
        Trial,
        TrialPost,
        Trials,
        Unused,
    )
}
