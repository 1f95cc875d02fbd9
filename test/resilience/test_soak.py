"""Many calls at once: while one request in twenty fails, and under a rate limit."""

from __future__ import annotations

from test.resilience.measures import bulk, soak


def test_no_write_is_applied_twice_or_lost_under_faults() -> None:
    found = soak(5000)
    assert found.succeeded["GET"] == 4000
    assert sum(found.succeeded.values()) + sum(found.failed.values()) == 5000
    assert found.twice == []
    assert found.never == []
    # Without faults, of writes too, the test would show nothing.
    assert found.faults > 150
    assert found.retries > 100
    assert found.failed["POST"]
    assert found.failed["PATCH"]
    assert found.requests == 5001 + found.retries
    # Four thousand calls leave less than a block each, most of them what the test itself notes.
    assert found.blocks_after - found.blocks_before < 4000


def test_threads_under_a_limit_are_hardly_ever_refused() -> None:
    # So few that a busy machine reaches the limit as well.
    found = bulk(40, limit=10)
    assert found.requests == found.calls + found.refused
    # Nearly none: on a busy machine, a window may pass while its requests are in flight.
    assert found.refused <= found.threads
    # The calls wait for the windows that they need, and at most twice as long.
    assert 0 < found.slept <= 2 * found.ideal


def test_threads_that_ignore_a_limit_are_refused_and_repeat() -> None:
    """The service refuses some of the calls, and the client repeats them."""
    found = bulk(15, respect=False, limit=10)
    assert found.requests == found.calls + found.refused
    assert found.refused > 0
