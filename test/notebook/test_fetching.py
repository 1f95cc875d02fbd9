"""Fetching many results, beyond the cases in the tests of reports."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from launchdarkly_api.exceptions import RateLimitedException
from launchdarkly_api.notebook import fetching
from launchdarkly_api.notebook.fetching import fetch_all


def without_threads(monkeypatch: pytest.MonkeyPatch, but: int = 0) -> None:
    """Let only ``but`` threads start, like a browser or a limit of the system."""
    start = threading.Thread.start
    left = iter(range(but))

    def limited(thread: threading.Thread) -> None:
        if thread.name.startswith("fetch-") and next(left, None) is None:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_everything_is_fetched_with_few_threads_or_none(
    monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    without_threads(monkeypatch, threads)
    made: list[int] = []

    def fail() -> int:
        raise ValueError("no")

    calls: dict[int, Any] = {n: lambda n=n: made.append(n) or n for n in range(20)}
    outcomes = fetch_all({**calls, 20: fail}, progress=False, title="")

    assert sorted(made) == list(range(20))
    assert list(outcomes) == list(range(21))
    assert isinstance(outcomes.pop(20), ValueError)
    assert outcomes == {n: n for n in range(20)}


def test_without_threads_refusals_end_a_round_early(monkeypatch: pytest.MonkeyPatch) -> None:
    without_threads(monkeypatch)
    monkeypatch.setattr(fetching.time, "sleep", lambda seconds: None)
    made: list[int] = []

    def refuse() -> None:
        made.append(1)
        raise RateLimitedException(429, "Too many")

    outcomes = fetch_all(dict.fromkeys(range(100), refuse), progress=False, title="")

    assert len(outcomes) == 100
    assert len(made) == 8 + 4 + 2 + 1


def test_without_threads_an_interrupt_ends_fetching(monkeypatch: pytest.MonkeyPatch) -> None:
    without_threads(monkeypatch)
    made: list[int] = []

    def interrupt() -> None:
        made.append(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_all(dict.fromkeys(range(5), interrupt), progress=False, title="")
    assert made == [1]
