"""Many calls at once, while one request in twenty goes wrong, and many calls under a limit."""

from __future__ import annotations

from test.resilience.measures import bulk, soak


def test_no_write_is_applied_twice_or_lost_under_faults() -> None:
    found = soak(5000)
    assert found.succeeded["GET"] == 4000
    assert sum(found.succeeded.values()) + sum(found.failed.values()) == 5000
    assert found.twice == []
    assert found.never == []
    # Faults there were, of writes too, or this showed nothing.
    assert found.faults > 150
    assert found.retries > 100
    assert found.failed["POST"]
    assert found.failed["PATCH"]
    assert found.requests == 5001 + found.retries
    # Four thousand calls leave less than a block each, most of them what the test itself notes.
    assert found.blocks_after - found.blocks_before < 4000


def test_threads_under_a_limit_are_hardly_ever_refused() -> None:
    found = bulk()
    assert found.requests == found.calls + found.refused
    # Nearly none: as many as are under way when a machine that is busy lets a window pass.
    assert found.refused <= found.threads
    # All that is asked for is to wait for the windows that it takes, at most for twice as many.
    assert 0 < found.slept <= 2 * found.ideal


def test_threads_that_ignore_a_limit_are_refused_and_repeat() -> None:
    """Then the service refuses, and each call is repeated when it may be."""
    found = bulk(150, respect=False)
    assert found.requests == found.calls + found.refused
    assert found.refused > 0
