"""The definition of a metric: its event, and how the events of a unit become one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from launchdarkly_api._support.printable import shown
from launchdarkly_api._support.scalars import boolean
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError

Aggregation = Literal["average", "sum", "count_distinct"]
Missing = Literal["zero", "exclude"]


@dataclass(frozen=True)
class EventMetric:
    """A metric that is computed from exported events.

    A metric is a conversion metric unless it is numeric or aggregates by ``"sum"`` or
    ``"count_distinct"``: a unit converts if it sent the event once or more often.

    Attributes:
        key: The key of the metric.
        event_key: The key of its events. The default is the key of the metric.
        numeric: Whether the value of the events is measured.
        aggregation: How the events of a unit become its value: the ``"average"`` or the ``"sum"``
            of their values, or the number of different values (``"count_distinct"``). The ``"sum"``
            of a metric that is not numeric is the number of events.
        missing: The value of a unit without events: ``"zero"``, or ``"exclude"`` to leave it
            out. The default leaves it out of an average, and is zero otherwise.
        lower_is_better: Whether a decrease is an improvement.
    """

    key: str
    event_key: str | None = None
    numeric: bool = False
    aggregation: Aggregation = "average"
    missing: Missing | None = None
    lower_is_better: bool = False

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ApiTypeError: A key is not a string, or a choice is not a boolean.
            ApiValueError: ``aggregation`` or ``missing`` is not one of the possible values.
        """
        for name, text in (("key", self.key), ("event_key", self.event_key or self.key)):
            if not isinstance(text, str) or not text:
                raise ApiTypeError(f"EventMetric: {name} must be a string, not {shown(text)}")
        for name, value in (("numeric", self.numeric), ("lower_is_better", self.lower_is_better)):
            if boolean(value) is None:
                raise ApiTypeError(
                    f"EventMetric {self.key!r}: {name} must be True or False, not {shown(value)}"
                )
        choices: tuple[tuple[str, Any, Any], ...] = (
            ("aggregation", self.aggregation, Aggregation),
            ("missing", self.missing or "zero", Missing),
        )
        for name, value, accepted in choices:
            if value not in get_args(accepted):
                raise ApiValueError(
                    f"EventMetric {self.key!r}: {name} must be one of"
                    f" {', '.join(map(repr, get_args(accepted)))}, not {shown(value)}"
                )

    @property
    def event(self) -> str:
        """The key of its events."""
        return self.event_key or self.key

    @property
    def counts_conversions(self) -> bool:
        """Whether units convert or do not, rather than having a value."""
        return not self.numeric and self.aggregation == "average"

    @property
    def reads_values(self) -> bool:
        """Whether the values of the events matter."""
        return self.numeric or self.aggregation == "count_distinct"

    @property
    def leaves_out_units(self) -> bool:
        """Whether units without events are left out, if units have values."""
        averages = self.numeric and self.aggregation == "average"
        return (self.missing or ("exclude" if averages else "zero")) == "exclude"


def measured(
    metric: str | EventMetric | Iterable[str | EventMetric],
    reported: Mapping[str, Mapping[str, Any]],
) -> list[EventMetric]:
    """Return the metrics to compute.

    Args:
        metric: One or more metrics, or the keys of metrics of the experiment.
        reported: The service's description of each metric of the experiment.

    Raises:
        ApiTypeError: It is not a metric.
        ApiValueError: A key is not known, or the service did not say what kind of metric it is.
    """
    if not isinstance(metric, Iterable | EventMetric):
        raise ApiTypeError(f"metric must be a key or an EventMetric, not {shown(metric)}")
    given = [metric] if isinstance(metric, str | EventMetric) else list(metric)
    if not given:
        raise ApiValueError("metric is empty. Name one or more metrics")
    metrics = [
        one if isinstance(one, EventMetric) else _from_report(one, reported) for one in given
    ]
    keys = [one.key for one in metrics]
    for key in keys:
        if keys.count(key) > 1:
            raise ApiValueError(f"metric {key!r} is given more than once")
    return metrics


def _from_report(key: Any, reported: Mapping[str, Mapping[str, Any]]) -> EventMetric:
    if not isinstance(key, str):
        raise ApiTypeError(f"metric must be a key or an EventMetric, not {shown(key)}")
    if key not in reported:
        have = f"It has: {', '.join(reported)}. " if reported else ""
        raise ApiValueError(
            f"metric {key!r} is not a metric of the experiment. {have}Name one of its metrics, or"
            f" describe it: EventMetric({key!r}, numeric=...)"
        )
    facts = reported[key]
    numeric = facts.get("isNumeric")
    if numeric is None and facts.get("kind") in ("click", "pageview"):
        numeric = False
    if numeric is None:
        raise ApiValueError(
            f"the experiment does not say whether metric {key!r} is numeric. Describe it:"
            f" EventMetric({key!r}, numeric=True), or numeric=False for conversions"
        )
    return EventMetric(
        key,
        event_key=facts.get("eventKey") or None,
        numeric=bool(numeric),
        aggregation=facts.get("unitAggregationType") or "average",
    )
