"""Renders models as HTML for Jupyter and similar programs.

All text from the service is escaped, and the size of the output is bounded. Models do not import
this module: the package registers it as their renderer (see ``lazy.provide``).
"""

# Values of any type pass through here, so the types of their parts are unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import functools
import inspect
import math
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from launchdarkly_api._display.html import (
    MAX_ROWS,
    escape,
    fold,
    isolated,
    link_html,
    muted,
    page,
    rest,
    table,
    time_html,
    warning,
)
from launchdarkly_api._display.text import (
    as_number,
    change_interval_text,
    interval_text,
    level_of,
    level_text,
    mismatch_text,
    number_text,
    percent_text,
    seen_milliseconds,
    shortened,
    width_of,
)
from launchdarkly_api._display.thresholds import LEVEL
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
from launchdarkly_api.model.experiment_collection_rep import ExperimentCollectionRep
from launchdarkly_api.model.experiment_results import ExperimentResults
from launchdarkly_api.model.experimentation_settings_rep import ExperimentationSettingsRep
from launchdarkly_api.model.link import Link
from launchdarkly_api.model.metric_seen import MetricSeen
from launchdarkly_api.model.relative_difference_rep import RelativeDifferenceRep
from launchdarkly_api.model.treatment_result_rep import TreatmentResultRep
from launchdarkly_api.model_utils import ArrayModel, BaseModel, EpochMilliseconds, Model

#: The maximum number of values shown for one object, over all of its tables.
MAX_VALUES = 2_000
MAX_COLUMNS = 16
MAX_DEPTH = 12


def to_html(model: BaseModel) -> str:
    """Render a model as a table. Nested values are folded, except for the main list."""
    shown = _Renderer()
    if isinstance(model, Model):
        return page(*shown.whole(model))
    return page(f"<b>{type(model).__name__}</b>", shown.sequence(list(_items(model)), 1))


def _items(model: Any) -> Sequence[Any]:
    value = model.value
    return value if isinstance(value, (list, tuple)) else [value]


class _Column:
    """A column in the table of a list of models."""

    def __init__(
        self,
        header: str,
        read: Callable[[Any], Any],
        *,
        number: bool = False,
        leveled: bool = False,
    ) -> None:
        self.header = header
        self.read = read
        self.number = number
        self.leveled = leveled

    def heading(self, level: str) -> str:
        """Return the header, which begins with the level of intervals if the column has them."""
        return f"{level} {self.header}" if self.leveled else self.header


def _of_iteration(name: str) -> Callable[[Experiment], Any]:
    def read(experiment: Experiment) -> Any:
        iteration = experiment.current_iteration or experiment.draft_iteration
        return None if iteration is None else _read(iteration, name)

    return read


def _metric_name(experiment: Experiment) -> Any:
    metric = _of_iteration("primary_metric")(experiment)
    return _read(metric, "name") if isinstance(metric, Model) else metric


def _treatment_count(experiment: Experiment) -> Any:
    treatments = _of_iteration("treatments")(experiment)
    return None if treatments is None else len(treatments)


def _mean(result: TreatmentResultRep) -> Any:
    interval = result.credible_interval
    width = 0 if interval is None else width_of(interval.lower, interval.upper)
    return _Text(result.mean, functools.partial(number_text, width=width))


def _interval(result: TreatmentResultRep) -> Any:
    interval = result.credible_interval
    return "no data" if interval is None else interval_text(interval.lower, interval.upper)


def _bounds(difference: RelativeDifferenceRep) -> str:
    return change_interval_text(difference.lower, difference.upper)


#: Columns for common models. Tables of other models have a column for each field that is set.
_COLUMNS: dict[type, tuple[_Column, ...]] = {
    Experiment: (
        _Column("key", lambda e: _read(e, "key")),
        _Column("name", lambda e: _read(e, "name")),
        _Column("status", _of_iteration("status")),
        _Column("created", lambda e: _Time(_read(e, "creation_date"))),
        _Column("started", lambda e: _Time(_of_iteration("started_at")(e))),
        _Column("ended", lambda e: _Time(_of_iteration("ended_at")(e))),
        _Column("primary metric", _metric_name),
        _Column("treatments", _treatment_count, number=True),
    ),
    TreatmentResultRep: (
        _Column("treatment", lambda r: r.treatment_name or r.treatment_id),
        _Column("mean", _mean, number=True),
        _Column("credible interval", _interval, number=True, leveled=True),
        _Column("P(best)", lambda r: _Text(r.p_best, percent_text), number=True),
        _Column("units", lambda r: r.units, number=True),
        _Column("relative differences", lambda r: r.relative_differences),
    ),
    RelativeDifferenceRep: (
        _Column("relative to", lambda d: _Treatment(_read(d, "from_treatment_id"))),
        _Column("bounds", _bounds, number=True, leveled=True),
    ),
}

#: The main list of a response.
_MAIN: dict[type, str] = {
    ExperimentCollectionRep: "items",
    ExperimentBayesianResultsRep: "treatment_results",
    ExperimentResults: "totals",
    ExperimentationSettingsRep: "randomization_units",
}


class _Time:
    """A time in epoch milliseconds, or any other value that a response has in its place."""

    def __init__(self, milliseconds: Any, raw: object = None) -> None:
        self.milliseconds = milliseconds
        self.raw = raw


class _Text:
    """A number with a function that formats it. The exact number appears on hover."""

    def __init__(self, value: Any, text: Callable[[Any], str]) -> None:
        self.value = value
        self.text = text


class _Treatment:
    """The id of a treatment. Its name is shown instead if the response has it."""

    def __init__(self, treatment_id: Any) -> None:
        self.id = treatment_id


def _read(model: Model, name: str) -> Any:
    """Return a field's value, or None if it is missing, as in a model that was not validated."""
    return model.get(name)


def _fields(model: Model) -> Iterator[tuple[str, Any]]:
    """Yield the fields that are set, in the order of the declaration."""
    # mypy reads ``__hash__`` of the instances. A class is hashable.
    times = _times(type(model))  # type: ignore[arg-type]
    for name in type(model).attribute_map:
        if name in model:
            value = model[name]
            if isinstance(model, MetricSeen) and name == "timestamp":
                value = _Time(seen_milliseconds(value), value)
            elif name in times:
                value = _Time(value)
            yield name, value
    yield from model.additional_properties.items()


@functools.cache
def _times(model: type[Model]) -> frozenset[str]:
    """Return the fields that are declared as epoch milliseconds."""
    return frozenset(
        name
        for cls in model.__mro__
        for name, annotation in inspect.get_annotations(cls).items()
        if EpochMilliseconds in (annotation, *typing.get_args(annotation))
    )


class _Renderer:
    """Renders one object, with a limit on the number of values."""

    def __init__(self) -> None:
        self.left = MAX_VALUES
        #: The names of treatments, by id.
        self.names: dict[str, str] = {}
        #: The level of intervals, as text.
        self.level = level_text(LEVEL)

    def whole(self, model: Model) -> Iterator[str]:
        """Render a model: its warnings and fields first, then its main list."""
        main = _MAIN.get(type(model))
        fields = [(name, value) for name, value in _fields(model) if name != main]
        if isinstance(model, ExperimentBayesianResultsRep):
            self.names = _names(model)
            self.level = level_text(level_of(model.get("level")))
            problem = mismatch_text(model.probability_of_mismatch)
            if problem:
                yield warning(problem)
        yield self.rows(fields, 1, caption=f"<b>{_title(model)}</b>")
        items = None if main is None else model.get(main)
        if isinstance(items, (list, tuple)):
            names = model.metadata if isinstance(model, ExperimentResults) else None
            yield self.sequence(items, 1, names and [name.key for name in names])

    def value(self, value: Any, depth: int) -> str:
        """Render any value that a model can hold."""
        self.left -= 1
        if self.left < 0 or depth > MAX_DEPTH:
            return muted("…")
        if isinstance(value, _Time):
            return self.time(value)
        if isinstance(value, _Text):
            return self.text(value)
        if isinstance(value, _Treatment):
            # A model that was not validated may hold anything.
            value = self.names.get(value.id, value.id) if isinstance(value.id, str) else value.id
        if value is None:
            return muted("None")
        if isinstance(value, str):
            return isolated(value) if value else muted("''")
        if isinstance(value, float) and math.isfinite(value):
            return self.text(_Text(value, number_text))
        if isinstance(value, Link):
            return self.link(value, depth)
        if isinstance(value, Model):
            return fold(_title(value), self.rows(_fields(value), depth + 1))
        if isinstance(value, ArrayModel):
            value = _items(value)
        if isinstance(value, Mapping):
            return self.mapping(value, depth)
        if isinstance(value, (list, tuple)):
            if not value:
                return muted("[]")
            return fold(_count(len(value), "item"), self.sequence(value, depth + 1))
        return escape(shortened(str(value)))

    def time(self, time: _Time) -> str:
        if not isinstance(time.milliseconds, (int, float)):
            return escape("" if time.milliseconds is None else time.milliseconds)
        return time_html(time.milliseconds, time.raw)

    def text(self, number: _Text) -> str:
        if as_number(number.value) is None:
            return muted(number.text(None))
        return f'<span title="{escape(number.value)}">{escape(number.text(number.value))}</span>'

    def link(self, link: Link, depth: int) -> str:
        href = link.href
        if not isinstance(href, str):
            return self.rows(_fields(link), depth + 1)
        return f'<span title="{escape(link.type or "")}">{link_html(href)}</span>'

    def mapping(self, mapping: Mapping[Any, Any], depth: int) -> str:
        if not mapping:
            return muted("{}")
        return fold(
            ", ".join(isolated(key, 40) for key in [*mapping][:4])
            + (", …" if len(mapping) > 4 else ""),
            self.rows(mapping.items(), depth + 1),
        )

    def rows(self, items: Iterable[tuple[Any, Any]], depth: int, *, caption: str = "") -> str:
        """Render names and values, one pair per row."""
        pairs = list(items)
        rows = [
            (f"<b>{escape(shortened(str(name), 80))}</b>", self.value(value, depth))
            for name, value in pairs[:MAX_ROWS]
        ]
        return table(rows, caption=caption) + rest(len(pairs))

    def sequence(self, items: Sequence[Any], depth: int, names: Sequence[Any] | None = None) -> str:
        """Render a list: as a table if all items are models of one class, else one item per row.

        ``names`` holds the names of the items, if the response has them elsewhere.
        """
        if not items:
            return f"<div>{muted('no items')}</div>"
        shown = items[:MAX_ROWS]
        kind = type(shown[0])
        if not issubclass(kind, Model) or any(type(item) is not kind for item in shown):
            rows = [(muted(index), self.value(item, depth)) for index, item in enumerate(shown)]
            return table(rows) + rest(len(items))
        columns = _COLUMNS.get(kind) or _columns(shown)
        if names:
            known = dict(zip(map(id, shown), names))
            columns = (_Column("", lambda item: known.get(id(item))), *columns)
        return table(
            [[self.cell(column.read(item), depth) for column in columns] for item in shown],
            [shortened(column.heading(self.level), 40) for column in columns],
            numbers=frozenset(i for i, column in enumerate(columns) if column.number),
        ) + rest(len(items))

    def cell(self, value: Any, depth: int) -> str:
        """Render a table cell, which is empty if the value is not set."""
        return "" if value is None else self.value(value, depth)


def _names(results: ExperimentBayesianResultsRep) -> dict[str, str]:
    """Return the names of the treatments in results, by id."""
    names: dict[str, str] = {}
    for result in results.treatment_results or ():
        if isinstance(result, TreatmentResultRep):
            key, name = result.treatment_id, result.treatment_name
            if isinstance(key, str) and name:
                names[key] = name
    return names


def _columns(models: Sequence[Model]) -> tuple[_Column, ...]:
    """Return a column for each field that any of the models sets, except for links."""
    names = dict.fromkeys(name for model in models for name, _ in _fields(model) if name != "links")

    def column(name: str) -> _Column:
        return _Column(
            name,
            lambda model: dict(_fields(model)).get(name),
            number=all(_is_number(model.get(name)) for model in models),
        )

    return tuple(column(name) for name in [*names][:MAX_COLUMNS])


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _title(model: Model) -> str:
    """Return the class of a model, and the values that identify it."""
    names = [model.get(name) for name in ("key", "name", "treatment_name", "status", "kind")]
    known = dict.fromkeys(name for name in names if isinstance(name, str) and name)
    return " · ".join([type(model).__name__, *(isolated(name, 60) for name in known)])


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
