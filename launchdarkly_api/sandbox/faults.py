"""Faults that are put in on purpose: a status, a lost connection, a cut body, a slow answer."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from launchdarkly_api.sandbox.problems import seen
from launchdarkly_api.sandbox.routes import CALLS, Call

#: What a gateway in front of the service answers.
_HTML = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a request."""

    #: Answer with this status.
    status: int | None = None
    #: Close the connection without an answer.
    drop: bool = False
    #: Send the head of the answer and half of its body, and close the connection.
    cut: bool = False
    #: Wait so many seconds before answering.
    slow: float = 0.0
    #: Carry the request out before it goes wrong.
    applied: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def __post_init__(self) -> None:
        kinds = (self.status is not None) + self.drop + self.cut
        if kinds > 1 or (kinds == 0 and not self.slow):
            raise ValueError("A fault is one of status, drop and cut; slow may go with it or alone")
        if self.status is not None and not 200 <= self.status <= 599:
            raise ValueError(f"status must be from 200 to 599, not {self.status!r}")
        if not 0 <= self.slow < float("inf"):
            raise ValueError(f"slow must be a number of seconds, not {self.slow!r}")
        if self.body is not None and self.status is None:
            raise ValueError("A body goes with a status")
        for text in (*self.headers, *self.headers.values()):
            if not (text.isascii() and text.isprintable()):
                raise ValueError(f"A header must be printable ASCII, not {text!r}")

    def content(self, status: int) -> tuple[bytes, str]:
        """The body and the type of an answer with a status of its own."""
        if self.body is not None:
            return self.body, "application/json"
        problem = seen(status)
        if status in (502, 504):
            return _HTML.format(f"{status} {problem.message}").encode(), "text/html"
        return json.dumps(problem.body()).encode(), "application/json"


def check_call(call: str | None) -> None:
    """Refuse what is not one of the ten calls."""
    if call is not None and call not in CALLS:
        raise ValueError(f"call must be one of {', '.join(CALLS)}, not {call!r}")


@dataclass
class _Planned:
    fault: Fault
    call: Call | None
    left: int


@dataclass
class _Random:
    faults: Sequence[Fault]
    probability: float
    rng: random.Random


class Faults:
    """The faults to come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[_Planned] = []
        self._random: dict[Call | None, _Random] = {}

    def plan(self, fault: Fault, call: Call | None, count: int) -> None:
        """The next ``count`` requests (of a call) meet a fault, after those planned before."""
        check_call(call)
        if count < 1:
            raise ValueError(f"count must be at least 1, not {count!r}")
        with self._lock:
            self._planned.append(_Planned(fault, call, count))

    def at_random(
        self, faults: Sequence[Fault], call: Call | None, probability: float, seed: int
    ) -> None:
        """Each request (of a call) meets one of the faults with a probability.

        What was said before for the same call no longer holds.
        """
        check_call(call)
        if not 0.0 <= probability <= 1.0:
            raise ValueError(f"probability must be from 0 to 1, not {probability!r}")
        with self._lock:
            self._random[call] = _Random(faults, probability, random.Random(seed))

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()
            self._random.clear()

    def next(self, call: Call) -> Fault | None:
        """The fault that a request meets, if any."""
        if not self._planned and not self._random:
            return None
        with self._lock:
            for planned in self._planned:
                if planned.call in (None, call):
                    planned.left -= 1
                    if not planned.left:
                        self._planned.remove(planned)
                    return planned.fault
            chance = self._random.get(call) or self._random.get(None)
            if chance is not None and chance.rng.random() < chance.probability:
                return chance.rng.choice(chance.faults)
        return None
