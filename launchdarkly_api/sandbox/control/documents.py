"""Seeds and snapshots: the whole sandbox as one document."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from launchdarkly_api.sandbox.control import snapshotting
from launchdarkly_api.sandbox.control.behaviour import Behaviour
from launchdarkly_api.sandbox.control.document import (
    ClockEntry,
    Document,
    FaultEntry,
    FaultRateEntry,
    FaultsEntry,
    RateLimitEntry,
)
from launchdarkly_api.sandbox.control.places import distinct, located
from launchdarkly_api.sandbox.control.restoring import Restored, restored
from launchdarkly_api.sandbox.control.shapes import fields_of, plain, read
from launchdarkly_api.sandbox.http.faults import Fault, Planned, Rate, choices
from launchdarkly_api.sandbox.service.endpoints import ApiVersion
from launchdarkly_api.sandbox.service.limits import RateLimit


def parsed(document: Mapping[str, Any] | Document) -> Document:
    """A document from its JSON.

    Raises:
        ValueError: It is not a document. The message names the place.
    """
    if isinstance(document, Document):
        return document
    made: Document = read(fields_of(Document), document)
    return made


class Documents(Behaviour):
    """The methods of ``Sandbox`` that read and replace everything."""

    _seed: Document
    _first_version: ApiVersion

    def snapshot(self) -> dict[str, Any]:
        """Return the data and the settings of the sandbox, as JSON.

        The recorded requests and the listener are not part of it. Two snapshots of the same state
        are equal, and so are their texts.

        Returns:
            The document, which ``restore``, ``Sandbox(seed=...)`` and ``--seed`` accept.
        """
        with self._changing():
            reading = self._state.clock.read()
            document = Document(
                api_version=self.api_version,
                clock=ClockEntry(reading.at, reading.offset_milliseconds),
                latency_seconds=self._application.latency,
                rate_limit=_rate_limit(self._application.limit),
                faults=_faults(*self._application.faults.all()),
                members=snapshotting.members(self._state),
                projects=snapshotting.projects(self._state),
            )
        made: dict[str, Any] = plain(document)
        return made

    def restore(self, document: Mapping[str, Any] | Document) -> None:
        """Replace the data and the settings by those of a document.

        All that the document omits has its default. An invalid document changes nothing.

        Args:
            document: The document, as ``snapshot`` returns it or as a person wrote it.

        Raises:
            ValueError: The document is invalid. The message names the place.
        """
        read_document = parsed(document)
        with self._changing():
            self._replace(read_document)

    def reset(self) -> None:
        """Return to the data and settings of the start: the demo data, or those of the seed.

        Clears the recorded requests. A request without a response loses its connection and changes
        nothing.

        Raises:
            RuntimeError: The sandbox is stopped, or belongs to another process.
        """
        with self._changing():
            self._replace(self._seed, then_drop_requests=True)

    def _begin(self, *, keep_data: bool) -> None:
        """Take the settings of the seed, and its data unless the state file has some."""
        with self._changing():
            self._replace(self._seed, keep_data=keep_data)

    def _replace(
        self, document: Document, *, then_drop_requests: bool = False, keep_data: bool = False
    ) -> None:
        faults = _Faults.of(document.faults)
        limit = document.rate_limit
        with located(("rateLimit",)):
            made_limit = RateLimit(
                limit.limit, limit.window_seconds, limit.route_limit, limit.announce
            )
        before = self._state.clock.read()
        # Times that the document omits are those of its clock.
        self._state.clock.set(document.clock.at, document.clock.offset_milliseconds)
        try:
            contents: Restored = restored(document)
            if not keep_data:
                self._state.replace_all(contents.records, contents.traffic)
        except BaseException:
            self._state.clock.set(before.at, before.offset_milliseconds)
            raise
        # Nothing from here on fails.
        if then_drop_requests:
            self._application.reset()
        self.set_api_version(document.api_version or self._first_version)
        self._application.latency = float(document.latency_seconds)
        self._application.limit = made_limit
        self._application.faults.replace_all(faults.planned, faults.rates)


class _Faults:
    """The faults of a document."""

    def __init__(self, planned: list[Planned], rates: list[Rate]) -> None:
        self.planned = planned
        self.rates = rates

    @classmethod
    def of(cls, entries: FaultsEntry) -> _Faults:
        planned, rates = [], []
        for number, fault in enumerate(entries.next):
            with located(("faults", "next", number)):
                planned.append(Planned(_fault(fault), fault.call, fault.count))
        for number, rate in enumerate(entries.rate):
            with located(("faults", "rate", number)):
                rates.append(_rate(rate))
        distinct("call", (str(rate.call) for rate in rates), ("faults", "rate"))
        return cls(planned, [rate for rate in rates if rate.probability])


def _fault(entry: FaultEntry) -> Fault:
    return Fault(
        status=entry.status,
        drop=entry.drop,
        reset=entry.reset,
        cut=entry.cut,
        slow=entry.slow,
        trickle=entry.trickle,
        applied=entry.applied,
        headers=entry.headers,
        body=_body(entry),
    )


def _body(entry: FaultEntry) -> bytes | None:
    if entry.body_base64 is None:
        return None if entry.body is None else entry.body.encode()
    if entry.body is not None:
        raise ValueError("body and bodyBase64 exclude each other")
    try:
        return base64.b64decode(entry.body_base64, validate=True)
    except ValueError:
        raise ValueError("bodyBase64 is not valid base64") from None


def _rate(entry: FaultRateEntry) -> Rate:
    faults = choices(
        entry.statuses,
        drop=entry.drop,
        reset=entry.reset,
        cut=entry.cut,
        slow=entry.slow,
        trickle=entry.trickle,
        applied=entry.applied,
    )
    return Rate(faults, entry.call, entry.probability, entry.seed, entry.used)


def _rate_limit(limit: RateLimit) -> RateLimitEntry:
    return RateLimitEntry(limit.limit, limit.window_seconds, limit.route_limit, limit.announce)


def _faults(planned: list[Planned], rates: list[Rate]) -> FaultsEntry:
    return FaultsEntry(tuple(map(_fault_entry, planned)), tuple(map(_rate_entry, rates)))


def _fault_entry(planned: Planned) -> FaultEntry:
    fault = planned.fault
    text, encoded = None, None
    if fault.body is not None:
        try:
            text = fault.body.decode()
        except UnicodeDecodeError:
            encoded = base64.b64encode(fault.body).decode()
    return FaultEntry(
        status=fault.status,
        drop=fault.drop,
        reset=fault.reset,
        cut=fault.cut,
        slow=fault.slow,
        trickle=fault.trickle,
        applied=fault.applied,
        count=planned.left,
        call=planned.call,
        headers=dict(fault.headers),
        body=text,
        body_base64=encoded,
    )


def _rate_entry(rate: Rate) -> FaultRateEntry:
    faults = rate.faults
    return FaultRateEntry(
        probability=rate.probability,
        statuses=tuple(fault.status for fault in faults if fault.status is not None),
        drop=any(fault.drop for fault in faults),
        reset=any(fault.reset for fault in faults),
        cut=any(fault.cut for fault in faults),
        slow=max(fault.slow for fault in faults),
        trickle=max(fault.trickle for fault in faults),
        applied=any(fault.applied for fault in faults),
        call=rate.call,
        seed=rate.seed,
        used=rate.used,
    )
