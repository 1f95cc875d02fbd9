"""Faults on purpose: a status, a lost connection, a truncated body, a slow response or body."""

from __future__ import annotations

import copy
import json
import random
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from launchdarkly_api.sandbox.service.endpoints import CALLS, Call
from launchdarkly_api.sandbox.service.problems import observed
from launchdarkly_api.sandbox.state import checks

#: The response of a gateway in front of the service.
_HTML = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"

#: The headers that frame the body, which a client must be able to trust.
_FRAMING = ("connection", "content-length", "transfer-encoding")


@dataclass(frozen=True)
class Fault:
    """The way in which a request fails."""

    #: Respond with this status.
    status: int | None = None
    #: Close the connection without a response.
    drop: bool = False
    #: Reset the connection (TCP RST) without a response.
    reset: bool = False
    #: Send the head of the response and half of its body, and close the connection.
    cut: bool = False
    #: Wait for ``slow`` seconds before the response.
    slow: float = 0.0
    #: Send the bytes of the response in small pieces over ``trickle`` seconds.
    trickle: float = 0.0
    #: Apply the request before it fails.
    applied: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def __post_init__(self) -> None:
        kinds = (self.status is not None) + self.drop + self.reset + self.cut
        if kinds > 1 or (kinds == 0 and not self.slow and not self.trickle):
            raise ValueError(
                "A fault is one of status, drop, reset and cut; slow and trickle may go with it or"
                " alone"
            )
        if self.trickle and (self.drop or self.reset):
            raise ValueError("trickle needs a response, so it goes with neither drop nor reset")
        if self.status is not None and not 200 <= checks.whole("status", self.status) <= 599:
            raise ValueError(f"status must be from 200 to 599, not {self.status!r}")
        checks.seconds("slow", self.slow)
        checks.seconds("trickle", self.trickle)
        if self.body is not None and self.status is None:
            raise ValueError("A body goes with a status")
        if not isinstance(self.body, (bytes, type(None))):
            raise ValueError(
                f"body must be text or bytes, such as json.dumps(...), not {self.body!r:.80}"
            )
        for name, value in self.headers.items():
            _check_header(name, value)

    def content(self, status: int) -> tuple[bytes, str]:
        """Return the body and the content type of a response with the status of the fault."""
        if self.body is not None:
            return self.body, "application/json"
        problem = observed(status)
        if status in (502, 504):
            return _HTML.format(f"{status} {problem.message}").encode(), "text/html"
        return json.dumps(problem.body()).encode(), "application/json"


def choices(
    statuses: Iterable[int],
    *,
    drop: bool,
    reset: bool,
    cut: bool,
    slow: float,
    trickle: float,
    applied: bool,
) -> list[Fault]:
    """Return the faults that ``fail_rate`` chooses from.

    Raises:
        ValueError: No fault is given, or one is invalid.
    """
    faults = [Fault(status=status, applied=applied) for status in statuses]
    if drop:
        faults.append(Fault(drop=True, applied=applied))
    if cut:
        faults.append(Fault(cut=True))
    if slow:
        faults.append(Fault(slow=slow))
    # At the end, so that a seed gives the same faults as before there were these kinds.
    if reset:
        faults.append(Fault(reset=True, applied=applied))
    if trickle:
        faults.append(Fault(trickle=trickle))
    if not faults:
        raise ValueError("Name at least one fault: statuses, drop, reset, cut, slow or trickle")
    return faults


def _check_header(name: Any, value: Any) -> None:
    if not isinstance(name, str) or not re.fullmatch(checks.HEADER_NAME, name):
        raise ValueError(f"A header's name must be one word of ASCII, not {name!r:.80}")
    if name.lower() in _FRAMING:
        raise ValueError(
            f"{name} is set by the sandbox. To break a response, use drop, reset or cut"
        )
    if not isinstance(value, str) or not (value.isascii() and value.isprintable()):
        raise ValueError(f"The header {name} must be printable ASCII text, not {value!r:.80}")


def check_call(call: str | None) -> None:
    """Refuse a name that is not one of the ten calls."""
    if call is not None:
        checks.choice("call", call, CALLS)


@dataclass(frozen=True)
class Planned:
    """A fault of the next requests."""

    fault: Fault
    call: Call | None
    left: int


@dataclass
class Rate:
    """Faults at random."""

    faults: Sequence[Fault]
    call: Call | None
    probability: float
    seed: int
    #: The number of requests that the seed has already decided on.
    used: int = 0
    _rng: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        check_call(self.call)
        checks.probability("probability", self.probability)
        self._rng = random.Random(self.seed)
        for _ in range(self.used):
            self._draw()

    def _draw(self) -> Fault | None:
        if self._rng.random() < self.probability:
            return self._rng.choice(self.faults)
        return None

    def next(self) -> Fault | None:
        """The fault of the next request, if any."""
        self.used += 1
        return self._draw()


class Faults:
    """The planned and the random faults."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[Planned] = []
        self._random: dict[Call | None, Rate] = {}

    def all(self) -> tuple[list[Planned], list[Rate]]:
        """The planned faults in their order, and copies of the random ones."""
        with self._lock:
            return list(self._planned), [copy.copy(rate) for rate in self._random.values()]

    def replace_all(self, planned: Iterable[Planned], rates: Iterable[Rate]) -> None:
        """Replace all faults."""
        with self._lock:
            self._planned = list(planned)
            self._random = {rate.call: rate for rate in rates}

    def plan(self, fault: Fault, call: Call | None, count: int) -> None:
        """Make the next ``count`` requests fail, after the faults that were planned before.

        Args:
            fault: The fault.
            call: The call to affect; None affects all calls.
            count: The number of requests.
        """
        check_call(call)
        count = checks.whole("count", count, 1)
        with self._lock:
            self._planned.append(Planned(fault, call, count))

    def at_random(
        self, faults: Sequence[Fault], call: Call | None, probability: float, seed: int
    ) -> None:
        """Make each request fail with a probability, with one of the faults.

        Replaces an earlier probability for the same call; None stands for all calls.
        """
        rate = Rate(faults, call, probability, seed)
        with self._lock:
            self._random.pop(call, None)
            if probability:
                self._random[call] = rate

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()
            self._random.clear()

    def next(self, call: Call) -> Fault | None:
        """Return the fault of the next request, if any."""
        if not self._planned and not self._random:
            return None
        with self._lock:
            for number, planned in enumerate(self._planned):
                if planned.call in (None, call):
                    left = planned.left - 1
                    self._planned[number : number + 1] = (
                        [replace(planned, left=left)] if left else []
                    )
                    return planned.fault
            rate = self._random.get(call) or self._random.get(None)
            return None if rate is None else rate.next()
