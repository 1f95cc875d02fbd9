"""The members of the account: they belong to no project, and outlive a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.state import catalogue, demo
from launchdarkly_api.sandbox.state.records import Member
from launchdarkly_api.sandbox.state.store import State

ANA: dict[str, Any] = {"id": None, "first_name": "Ana", "last_name": "Lima", "role": "writer"}


def add(state: State, email: str = "ana@example.com", **changed: Any) -> Member:
    member = catalogue.member(state, email, **{**ANA, **changed})
    state.put(member)
    return member


def test_a_member_outlives_a_restart_and_not_a_reset(tmp_path: Path) -> None:
    with Sandbox(state=tmp_path / "state") as sandbox:
        member = add(sandbox._state)
        add(sandbox._state, "ben@example.com", id="ben")
    with Sandbox(state=tmp_path / "state") as sandbox:
        assert sandbox._state.members[member.id] == member
        assert list(sandbox._state.members) == [demo.OWNER.id, member.id, "ben"]
        sandbox.reset()
        assert list(sandbox._state.members) == [demo.OWNER.id]
    with Sandbox(state=tmp_path / "state") as sandbox:
        assert list(sandbox._state.members) == [demo.OWNER.id]


def test_the_id_of_a_member_follows_from_the_email() -> None:
    assert add(State()).id == add(State()).id
    assert add(State()).id != add(State(), "ben@example.com").id


@pytest.mark.parametrize(
    ("email", "changed", "said"),
    [
        ("owner@example.com", {}, "exists already"),
        ("new@example.com", {"id": demo.OWNER.id}, "exists already"),
        ("new@example.com", {"id": "me"}, "stands for the caller"),
        ("new@example.com", {"id": ""}, "must fit into a URL"),
        ("", {}, "must fit into a URL"),
        (7, {}, "must fit into a URL"),
        ("new@example.com", {"role": "king"}, "role must be one of reader, writer"),
        ("new@example.com", {"first_name": None}, "first_name must be text"),
        ("new@example.com", {"last_name": 1}, "last_name must be text"),
    ],
)
def test_an_invalid_member_is_refused(email: Any, changed: dict[str, Any], said: str) -> None:
    state = State()
    with pytest.raises(ValueError, match=said):
        add(state, email, **changed)
    assert list(state.members) == [demo.OWNER.id]
