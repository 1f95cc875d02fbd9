"""Pages are fetched ahead, within bounds, and no experiment is lost while the list changes."""

from __future__ import annotations

import contextvars
import gc
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from launchdarkly_api import ApiTypeError, ApiValueError, models
from launchdarkly_api._call.paging import MAX_PASSES, PAGES_AHEAD, Page, each_once
from launchdarkly_api._support.clock import Clock
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.exceptions import NotFoundException, RateLimitedException
from launchdarkly_api.rest import RESTClient
from test.listing import Service, ahead_threads, serving, wait_until_quiet

AT_ONCE = 1 + PAGES_AHEAD
#: A page of 20 that reaches one into the page before it.
STRIDE = 19


def keys_of(api: ExperimentsBetaApi, **options: Any) -> list[str]:
    return [each.key for each in api.iter_experiments("p", "e", **options)]


def test_pages_after_the_first_are_fetched_concurrently() -> None:
    service = Service(1 + STRIDE * (1 + AT_ONCE))
    together = threading.Barrier(AT_ONCE, timeout=30)
    service.after = lambda offset: offset and together.wait()
    with serving(service) as api:
        assert keys_of(api) == service.keys
    assert service.most == AT_ONCE
    assert len(service.offsets) == 1 + AT_ONCE


@pytest.mark.parametrize("ahead", [0, 1, 3, 6])
def test_no_more_pages_are_in_flight_than_allowed(ahead: int) -> None:
    service = Service(200)
    service.after = lambda offset: threading.Event().wait(0.003 * (offset % 3))
    with serving(service) as api:
        assert keys_of(api, page_size=5, pages_ahead=ahead) == service.keys
    assert service.most <= 1 + ahead
    assert len(service.offsets) == len(set(service.offsets)) == 50


@pytest.mark.parametrize("gone", [1, 30])
def test_abandoned_pages_count_as_in_flight(gone: int) -> None:
    service = Service(400)

    def shrink(number: int) -> None:
        if number in (6, 12, 18, 24):
            del service.keys[:gone]

    service.before = shrink
    service.after = lambda offset: threading.Event().wait(0.002 * (offset % 5))
    with serving(service) as api:
        found = keys_of(api, page_size=10)
        assert set(found) >= set(service.keys)
        wait_until_quiet(service)
    assert service.most <= AT_ONCE


def test_few_pages_are_fetched_ahead_of_the_loop() -> None:
    service = Service(400)
    with serving(service) as api:
        for number, _ in enumerate(api.iter_experiments("p", "e", page_size=10), 1):
            # The first page holds 10, the others 9 more.
            needed = 1 + -(-max(number - 10, 0) // 9)
            assert len(service.offsets) <= (1 if needed == 1 else needed + PAGES_AHEAD)


def test_a_loop_over_the_first_page_makes_one_request() -> None:
    service = Service(400)
    with serving(service) as api:
        pages = api.iter_experiments("p", "e")
        assert service.offsets == []
        assert len([*islice(pages, 20)]) == 20
        assert service.offsets == [0]
        assert ahead_threads() == []


def end_by_break(pages: Iterator[models.Experiment]) -> None:
    for number, _ in enumerate(pages):
        if number == 20:
            break


def end_by_close(pages: Any) -> None:
    assert len([*islice(pages, 21)]) == 21
    pages.close()


def end_by_exception(pages: Iterator[models.Experiment]) -> None:
    with pytest.raises(ZeroDivisionError):
        for number, _ in enumerate(pages):
            assert 1 / (20 - number)


def end_by_garbage_collection(pages: Iterator[models.Experiment]) -> None:
    assert len([*islice(pages, 21)]) == 21
    circle: list[Any] = [pages]
    circle.append(circle)


@pytest.mark.parametrize(
    "end", [end_by_break, end_by_close, end_by_exception, end_by_garbage_collection]
)
def test_a_loop_that_ends_early_fetches_no_more(end: Callable[[Any], None]) -> None:
    service = Service(400)
    released = threading.Event()

    def respond(offset: int) -> None:
        # The page that is needed comes when those ahead of it are under way. They come later.
        if offset == STRIDE:
            service.wait_until(lambda: len(service.offsets) >= 2 + PAGES_AHEAD)
        elif offset > STRIDE:
            released.wait(30)

    service.after = respond
    with serving(service) as api:
        end(api.iter_experiments("p", "e"))
        gc.collect()
        assert service.in_flight == PAGES_AHEAD
        released.set()
        wait_until_quiet(service)
        assert sorted(service.offsets) == [0, 19, 38, 57, 76]
        # The client is as good as new.
        assert keys_of(api) == service.keys


def test_a_page_fetched_ahead_that_waits_is_not_sent_after_the_loop() -> None:
    service = Service(400)
    waiting, released = threading.Semaphore(0), threading.Event()

    class Held(Clock):
        def sleep(self, seconds: float) -> None:
            waiting.release()
            released.wait(30)

    def hold(offset: int) -> None:
        # The loop does not end before the first attempts of the other pages have failed.
        for _ in range(PAGES_AHEAD if offset == STRIDE else 0):
            assert waiting.acquire(timeout=30)

    service.refuse = lambda offset: 503 if offset > STRIDE else None
    service.after = hold
    with serving(service) as api:
        client = api.api_client
        client.configuration.retries = 3
        client.rest_client = RESTClient(client.configuration, Held())
        end_by_break(api.iter_experiments("p", "e"))
        released.set()
        wait_until_quiet(service)
    assert sorted(service.offsets) == [0, 19, 38, 57, 76]


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="there are no such signals here")
def test_an_interrupt_while_a_page_is_awaited_fetches_no_more() -> None:
    service = Service(400)
    released = threading.Event()

    def interrupt(offset: int) -> None:
        if offset == 38:
            # The last of these begins when the page at 38 is awaited.
            service.wait_until(lambda: 95 in service.offsets)
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        if offset > STRIDE:
            released.wait(30)

    service.after = interrupt
    with serving(service) as api:
        pages = api.iter_experiments("p", "e")
        assert len([*islice(pages, 39)]) == 39
        with pytest.raises(KeyboardInterrupt):
            next(pages)
        released.set()
        wait_until_quiet(service)
        assert sorted(service.offsets) == [0, 19, 38, 57, 76, 95]


def test_the_exception_of_a_page_comes_after_the_items_before_it() -> None:
    service = Service(400)
    service.refuse = lambda offset: 404 if offset >= 57 else None
    with serving(service) as api:
        pages = api.iter_experiments("p", "e")
        assert [each.key for each in islice(pages, 58)] == service.keys[:58]
        with pytest.raises(NotFoundException) as raised:
            next(pages)
        assert raised.value.status == 404
        with pytest.raises(StopIteration):
            next(pages)
        wait_until_quiet(service)
    assert service.offsets.count(57) == 1


def test_a_page_refused_among_others_is_requested_again_alone() -> None:
    service = Service(200)
    later: list[int] = []
    service.refuse = lambda offset: 429 if offset == 38 and 38 not in service.offsets[:-1] else None

    def note(offset: int) -> None:
        # The page at 95 is requested while the response for 38 is awaited.
        if offset > 95:
            later.append(service.in_flight)

    service.after = note
    with serving(service) as api:
        assert keys_of(api) == service.keys
    assert service.offsets.count(38) == 2
    # A service that refuses gets one request after the other from then on.
    assert later == [1] * len(later)
    assert service.offsets[-3:] == [152, 171, 190]


def test_a_page_refused_alone_ends_the_loop() -> None:
    service = Service(200)
    service.refuse = lambda offset: 429 if offset >= 38 else None
    with serving(service) as api:
        pages = api.iter_experiments("p", "e")
        assert [each.key for each in islice(pages, 39)] == service.keys[:39]
        with pytest.raises(RateLimitedException):
            next(pages)
        wait_until_quiet(service)
    assert service.offsets.count(38) == 2
    assert len(service.offsets) <= 1 + AT_ONCE + 2


def test_pages_fetched_ahead_see_the_callers_context() -> None:
    service = Service(100)
    trace: contextvars.ContextVar[str] = contextvars.ContextVar("trace", default="none")
    seen: dict[str, set[int]] = {}

    def hook(event: Any) -> None:
        offset = int(event.url.partition("offset=")[2])
        seen.setdefault(trace.get(), set()).add(offset)

    with serving(service) as api:
        api.api_client.configuration.event_hooks["request"].append(hook)
        pages = api.iter_experiments("p", "e", page_size=10)
        trace.set("first")
        assert len([*islice(pages, 10)]) == 10
        trace.set("second")
        assert len([*islice(pages, 1)]) == 1
        wait_until_quiet(service)
        trace.set("third")
        assert len([*pages]) == 89
    assert seen["first"] == {0}
    assert seen["second"] == {9, 18, 27, 36}
    assert seen["third"] == {45, 54, 63, 72, 81, 90}


def test_an_overridden_call_fetches_every_page() -> None:
    asked: list[Any] = []

    class Recording(ExperimentsBetaApi):
        def get_experiments(self, *args: Any, **kwargs: Any) -> Any:
            asked.append(kwargs["offset"])
            return super().get_experiments(*args, **kwargs)

    service = Service(100)
    with serving(service) as api:
        assert keys_of(Recording(api.api_client), page_size=10) == service.keys
    assert sorted(asked) == sorted(service.offsets)


def test_without_threads_one_page_comes_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if "-page-" in thread.name:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    service = Service(100)
    with serving(service) as api:
        assert keys_of(api, page_size=10) == service.keys
    assert service.most == 1
    assert service.offsets == sorted(service.offsets)


def test_no_page_is_fetched_ahead_while_the_interpreter_shuts_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A thread that is started then may never run."""
    service = Service(100)
    with serving(service) as api:
        monkeypatch.setattr(sys, "is_finalizing", lambda: True)
        assert keys_of(api, page_size=10) == service.keys
        monkeypatch.undo()
    assert service.most == 1
    assert service.offsets == sorted(service.offsets)


def test_without_pages_ahead_every_call_is_made_in_the_callers_thread() -> None:
    service = Service(100)
    threads = set()
    with serving(service) as api:
        hooks = api.api_client.configuration.event_hooks["request"]
        hooks.append(lambda event: threads.add(threading.get_ident()))
        assert keys_of(api, page_size=10, pages_ahead=0) == service.keys
    assert threads == {threading.get_ident()}
    assert service.most == 1


@pytest.mark.parametrize(
    ("given", "kind"),
    [(-1, ApiValueError), (True, ApiTypeError), ("3", ApiTypeError), (None, ApiTypeError)],
)
def test_pages_ahead_is_a_number_from_0(
    given: Any, kind: type[Exception], api: ExperimentsBetaApi
) -> None:
    with pytest.raises(kind, match="pages_ahead"):
        api.iter_experiments("p", "e", pages_ahead=given)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_continues_the_loop() -> None:
    service = Service(200)
    released = threading.Event()
    service.after = lambda offset: offset > STRIDE and released.wait(30)
    with serving(service) as api:
        pages = api.iter_experiments("p", "e")
        start = [next(pages).key for _ in range(25)]
        # The threads that wait for these pages do not exist in the child.
        service.wait_until(lambda: service.in_flight == PAGES_AHEAD)
        child = os.fork()
        if child == 0:
            status = 1
            signal.alarm(30)
            try:
                status = int([*start, *(each.key for each in pages)] != service.keys)
            finally:
                os._exit(status)
        released.set()
        assert [*start, *(each.key for each in pages)] == service.keys
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_daemon_thread_may_iterate() -> None:
    service = Service(100)
    found: list[str] = []
    with serving(service) as api:
        thread = threading.Thread(target=lambda: found.extend(keys_of(api)), daemon=True)
        thread.start()
        thread.join(30)
    assert found == service.keys


PROGRAM = """
import atexit, sys
from itertools import islice
from launchdarkly_api import ApiClient, Configuration
from launchdarkly_api.apis import ExperimentsBetaApi
client = ApiClient(Configuration(host={host!r}, api_key={{"ApiKey": "token"}}))
pages = ExperimentsBetaApi(client).iter_experiments("p", "e")
{rest}
"""
ENDS = {
    "a loop that was left": "print(len([*islice(pages, 21)]), flush=True)",
    "an exit handler": "atexit.register(lambda: print(len([*pages]), flush=True))",
    "a finalizer": """
class Late:
    def __del__(self, pages=pages, is_late=sys.is_finalizing):
        assert is_late()
        # A call may need modules that cannot be loaded any more. It must not hang.
        try:
            next(pages)
        except BaseException:
            pass
        print(20, flush=True)
for _ in range(20):
    next(pages)
late = Late()
del pages
""",
}


@pytest.mark.parametrize("rest", ENDS.values(), ids=ENDS)
def test_the_end_of_the_interpreter_waits_for_no_page(rest: str) -> None:
    service = Service(96)
    released = threading.Event()
    if "islice" in rest:
        service.after = lambda offset: offset > STRIDE and released.wait(60)
    with serving(service) as api:
        program = PROGRAM.format(host=api.api_client.configuration.host, rest=rest)
        try:
            done = subprocess.run(
                [sys.executable, "-W", "error", "-X", "dev", "-c", program],
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
        finally:
            released.set()
        wait_until_quiet(service)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() in ("20", "21", "96")


changes = st.one_of(
    st.tuples(st.just("archive"), st.integers(0, 60), st.integers(1, 12)),
    st.tuples(st.just("create"), st.integers(0, 60), st.integers(1, 12)),
    st.tuples(st.just("create last"), st.just(0), st.integers(1, 12)),
)
shuffles = st.one_of(
    st.tuples(st.just("archive"), st.integers(0, 60), st.integers(1, 12)),
    st.tuples(st.just("swap"), st.integers(0, 60), st.integers(0, 60)),
    st.tuples(st.just("reverse"), st.just(0), st.just(0)),
    st.tuples(st.just("rotate"), st.integers(1, 60), st.just(0)),
)


def several(change: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[int, list[Any]]]:
    """Changes by the number of the request before which they happen."""
    return st.dictionaries(
        st.integers(1, 30), st.lists(change, min_size=1, max_size=4), max_size=MAX_PASSES - 1
    )


class ChangingService(Service):
    """Knows which experiments were in its list all the time."""

    def __init__(self, count: int, changes: dict[int, list[Any]], delays: list[int]) -> None:
        super().__init__(count)
        self.lasting = set(self.keys)
        self.order = list(self.keys)
        self._made = 0
        self.changes = changes
        self.before = self.change_all
        self.after = lambda offset: threading.Event().wait(delays[offset % len(delays)] / 1000)

    def change_all(self, number: int) -> None:
        """Make the changes that come before a request."""
        for each in self.changes.get(number, ()):
            self.change(*each)

    def change(self, kind: str, place: int, other: int) -> None:
        """Change the list."""
        keys = self.keys
        if kind == "archive":
            self.lasting -= {*keys[place : place + other]}
            del keys[place : place + other]
        elif kind in ("create", "create last"):
            made = [f"new{self._made + number}" for number in range(other)]
            self._made += other
            keys[len(keys) if kind == "create last" else place : place] = made
        elif kind == "reverse":
            keys.reverse()
        elif kind == "rotate" and keys:
            keys[:] = keys[place % len(keys) :] + keys[: place % len(keys)]
        elif kind == "swap" and keys:
            a, b = place % len(keys), other % len(keys)
            keys[a], keys[b] = keys[b], keys[a]


@pytest.mark.parametrize("change", [changes, shuffles], ids=["coming and going", "changing places"])
def test_each_experiment_that_remains_is_yielded_once(change: st.SearchStrategy[Any]) -> None:
    @settings(
        max_examples=60,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(
        count=st.integers(0, 45),
        page_size=st.integers(1, 12),
        ahead=st.integers(0, 4),
        delays=st.lists(st.integers(0, 3), min_size=1, max_size=5),
        several_changes=several(change),
    )
    def check(
        count: int,
        page_size: int,
        ahead: int,
        delays: list[int],
        several_changes: dict[int, list[Any]],
    ) -> None:
        service = served[0] = ChangingService(count, several_changes, delays)
        found = keys_of(api, page_size=page_size, pages_ahead=ahead)
        wait_until_quiet(service)
        assert len(found) == len(set(found))
        assert service.lasting <= set(found)
        assert service.most <= 1 + ahead
        if not several_changes:
            assert found == service.order

    served = [Service()]
    road = Service()
    road.answer = lambda request: served[0].answer(request)  # type: ignore[method-assign]
    with serving(road) as api:
        check()


def test_a_loop_that_replaces_each_experiment_ends() -> None:
    """For a list that never holds still, there is a last pass."""
    keys = [f"k{number}" for number in range(100)]
    asked = []

    def fetch(offset: int, limit: int) -> Page[str]:
        asked.append(offset)
        return Page(keys[offset : offset + limit], len(keys), False)

    found = []
    for key in each_once(fetch, lambda key: key, 20, 0):
        found.append(key)
        keys.remove(key)
        keys.append(f"successor of {key}"[:30] + str(len(found)))
    assert {f"k{number}" for number in range(100)} <= set(found)
    assert len(found) <= MAX_PASSES * 120


def test_a_loop_may_archive_its_experiments_and_gets_them_in_order() -> None:
    service = Service(130)
    expected = list(service.keys)
    with serving(service) as api:
        found = []
        for each in api.iter_experiments("p", "e"):
            with service.changed:
                service.keys.remove(each.key)
            found.append(each.key)
    assert found == expected
    assert service.keys == []


def test_a_list_that_does_not_change_is_read_once() -> None:
    service = Service(200)
    with serving(service) as api:
        assert keys_of(api) == service.keys
    assert sorted(service.offsets) == [*range(0, 200 - 1, STRIDE)]


@pytest.mark.parametrize("total", [None, True, -1, 1.5, "5", [], float("nan")])
def test_a_total_that_is_not_a_count_is_ignored(total: Any) -> None:
    keys = [f"k{number}" for number in range(7)]
    threads = set()

    def fetch(offset: int, limit: int) -> Page[str]:
        threads.add(threading.get_ident())
        return Page(keys[offset : offset + limit], total, False)

    assert [*each_once(fetch, lambda key: key, 2)] == keys
    assert threads == {threading.get_ident()}
