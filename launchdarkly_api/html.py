"""Models as HTML: what Jupyter and programs like it show for an object.

Everything that the service sent is escaped text. The size is bounded, whatever the answer holds.
Colours are inherited, so that light and dark pages are both readable. Text that a person reads
elsewhere too (times, numbers, the warning of a mismatch) has its form here.
"""

# Values of any type come by here, so their parts are of no type that is known.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import datetime
import functools
import html
import inspect
import math
import re
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

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

#: From this probability on, a sample-ratio mismatch is warned of. The service names no limit; this
#: is the counterpart of the p-value of 0.01 that tests for a mismatch customarily use.
MISMATCH_THRESHOLD = 0.99

#: Rows of one table, and items of one list.
MAX_ROWS = 60
#: Values of one object, in all of its tables together.
MAX_VALUES = 2_000
MAX_COLUMNS = 16
MAX_DEPTH = 12
#: Characters of one text.
MAX_TEXT = 300

#: Where the service's own addresses lead, such as ``"https://app.launchdarkly.com"``. They have no
#: host, and what they name is for programs, so that they are text as long as this is None.
link_host: str | None = None

#: No number of seconds in this century is as large, and no number of milliseconds after 1973 as
#: small.
_SECONDS_BELOW = 10**11

#: Jupyter has rules of its own for tables, which only a class that is named thrice outdoes.
_ROOT = "div.launchdarkly.launchdarkly.launchdarkly"
_STYLE = (
    "<style>"
    + """
& { overflow-x: auto; line-height: 1.4; }
& table { border-collapse: collapse; border: 0; margin: .3em 0; }
& caption { text-align: left; font-weight: bold; caption-side: top; color: inherit; }
& td, & th { text-align: left; vertical-align: top; padding: .15em 1em .15em 0; border: 0;
  border-bottom: 1px solid rgba(128, 128, 128, .35); }
& bdi { display: inline-block; max-width: 60ch; overflow-wrap: break-word; }
& th { white-space: nowrap; }
& td.number, & th.number { text-align: right; white-space: nowrap; }
& a { color: inherit; text-decoration: underline; }
& summary { cursor: pointer; }
& time { white-space: nowrap; }
& .muted { opacity: .7; }
& .warning { border-left: .3em solid #d55e00; padding-left: .6em; margin: .4em 0; }
""".replace("&", _ROOT)
    + "</style>"
)


# Text.


def escape(value: object) -> str:
    """Text that is safe in HTML, as content and as attribute.

    What no page can hold (control characters, halves of surrogate pairs) is replaced.
    """
    return html.escape(_UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", str(value)))


_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def shortened(text: str, limit: int = MAX_TEXT) -> str:
    """The text, cut in the middle where it is too long: beginning and end tell names apart."""
    if len(text) <= limit:
        return text
    head = (limit - 1) * 2 // 3
    tail = limit - 1 - head
    return f"{text[:head].rstrip()}…{text[len(text) - tail :].lstrip()}"


def as_number(value: Any) -> float | None:
    """The number that a value is, if it is one. What a float cannot hold is infinite."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def number_text(value: float | None, width: float = 0) -> str:
    """A number for reading: about four digits, and more where they tell ends of an interval apart.

    ``width`` is that of the interval to which the number belongs.
    """
    value = as_number(value)
    if value is None:
        return "no data"
    if value == 0 or not math.isfinite(value):
        return f"{value + 0.0:g}"
    magnitude = _magnitude(value)
    needed = magnitude - _magnitude(width) + 2 if 0 < width < math.inf else 0
    if not -3 <= magnitude < 9:
        return f"{value:.{min(max(needed, 3), _DIGITS)}g}"
    return f"{value:,.{min(max(needed, 4, magnitude + 1), _DIGITS)}g}"


#: The digits that a float surely has.
_DIGITS = 15


def _magnitude(value: float) -> int:
    """The power of ten of the first digit."""
    return math.floor(math.log10(abs(value)))


def percent_text(fraction: float | None, width: float = 0, *, sign: bool = False) -> str:
    """A fraction in per cent, with one decimal: ``"12.5 %"``.

    There are more decimals where they tell ends of an interval apart; ``width`` is that of the
    interval to which the number belongs. What is not quite 0 or 1 does not read as if it were.
    """
    fraction = as_number(fraction)
    if fraction is None:
        return "no data"
    plus = "+" if sign else ""
    if not sign and 0 < fraction < 0.001:
        return "<0.1 %"
    if not sign and 0.999 < fraction < 1:
        return ">99.9 %"
    decimals = 1
    if 0 < width < math.inf:
        decimals = max(decimals, -1 - _magnitude(width))
    if 0 < abs(fraction) < 0.0005:
        decimals = max(decimals, -2 - _magnitude(fraction))
    if abs(fraction) >= 100 or decimals > 6:
        return f"{fraction * 100:{plus}.3g} %"
    return f"{fraction + 0.0:{plus}.{decimals}%}".replace("%", " %")


def signed_percent_text(fraction: float | None, width: float = 0) -> str:
    """A difference in per cent: ``"+12.5 %"``."""
    return percent_text(fraction, width, sign=True)


def interval_text(
    low: float | None,
    high: float | None,
    text: Callable[[float | None, float], str] = number_text,
) -> str:
    """Both ends of an interval, with as many digits as tell them apart."""
    if low is None and high is None:
        return "no data"
    width = width_of(low, high)
    return f"{text(low, width)} to {text(high, width)}"


def width_of(low: float | None, high: float | None) -> float:
    """The width of an interval, 0 where it is not known."""
    low, high = as_number(low), as_number(high)
    return 0 if low is None or high is None else abs(high - low)


def as_datetime(milliseconds: float | None) -> datetime.datetime | None:
    """A point in time in UTC, from epoch milliseconds. None where no calendar reaches it."""
    if milliseconds is None or not isinstance(milliseconds, (int, float)):
        return None
    try:
        return _EPOCH + datetime.timedelta(milliseconds=milliseconds)
    except (OverflowError, ValueError):
        return None


_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def seen_milliseconds(seen: MetricSeen | None) -> int | None:
    """When the last event of a metric came, in epoch milliseconds.

    The service has been seen to give seconds. The size of the number tells which it is.
    """
    timestamp = None if seen is None else seen.timestamp
    if not isinstance(timestamp, int):
        return None
    return timestamp * 1000 if abs(timestamp) < _SECONDS_BELOW else timestamp


def mismatch_text(probability: float | None) -> str | None:
    """The warning that a sample-ratio mismatch calls for, if it does."""
    probability = as_number(probability)
    if probability is None or probability < MISMATCH_THRESHOLD:
        return None
    return (
        f"Sample-ratio mismatch (probability {percent_text(probability)}): "
        "the traffic split looks broken, do not trust these results"
    )


# Pieces of a page.


def page(*parts: str) -> str:
    """The parts as one output, with the style that they need. Math in names stays text."""
    return f'<div class="launchdarkly tex2jax_ignore mathjax_ignore">{_STYLE}{"".join(parts)}</div>'


def table(
    rows: Iterable[Sequence[str]],
    headers: Sequence[str] = (),
    *,
    caption: str = "",
    numbers: frozenset[int] = frozenset(),
) -> str:
    """A table of cells that are HTML already. ``numbers`` are the columns to align right."""

    def cells(kind: str, contents: Sequence[str]) -> str:
        classes = [' class="number"' if i in numbers else "" for i in range(len(contents))]
        return "".join(f"<{kind}{c}>{text}</{kind}>" for c, text in zip(classes, contents))

    head = f"<thead><tr>{cells('th', [*map(escape, headers)])}</tr></thead>" if headers else ""
    title = f"<caption>{caption}</caption>" if caption else ""
    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f"<table>{title}{head}<tbody>{body}</tbody></table>"


def fold(summary: str, body: str) -> str:
    """HTML that opens on a click."""
    return f"<details><summary>{summary}</summary>{body}</details>"


def warning(text: str) -> str:
    """A sentence that must not be missed."""
    return f'<div class="warning" role="note">⚠ {prose(text)}</div>'


def prose(text: str) -> str:
    """Sentences, in which a line does not break between a number and its sign."""
    return escape(text).replace(" %", "&nbsp;%")


def muted(text: object) -> str:
    """Text that is not the matter itself."""
    return f'<span class="muted">{escape(text)}</span>'


def time_html(milliseconds: float, raw: object = None) -> str:
    """A date, with the number that was sent on hover."""
    moment = as_datetime(milliseconds)
    raw = milliseconds if raw is None else raw
    if moment is None:
        return escape(raw)
    date, clock = moment.isoformat(timespec="seconds")[:19].split("T")
    return f'<time datetime="{date}T{clock}Z" title="{escape(raw)}">{date} {clock} UTC</time>'


def link_html(href: str) -> str:
    """An address: clickable if it is one of the web, text otherwise."""
    text = escape(shortened(href))
    if link_host and href.startswith("/") and not href.startswith("//"):
        href = link_host.rstrip("/") + href
    try:
        address = urlsplit(href)
    except ValueError:
        return text
    if address.scheme not in ("http", "https") or not address.netloc:
        return text
    return f'<a href="{escape(href)}" target="_blank" rel="noopener noreferrer">{text}</a>'


# Models.


def to_html(model: BaseModel) -> str:
    """A model as a table. What it holds is folded; the main list of an answer lies open."""
    shown = _Renderer()
    if isinstance(model, Model):
        return page(*shown.whole(model))
    return page(f"<b>{type(model).__name__}</b>", shown.sequence(list(_items(model)), 1))


def _items(model: Any) -> Sequence[Any]:
    value = model.value
    return value if isinstance(value, (list, tuple)) else [value]


class _Column:
    """A column of a list of models, for reading."""

    def __init__(self, header: str, read: Callable[[Any], Any], *, number: bool = False) -> None:
        self.header = header
        self.read = read
        self.number = number


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
    return interval_text(difference.lower, difference.upper, signed_percent_text)


#: The columns of lists that are read often. Others have a column for each field that is set.
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
        _Column("90 % credible interval", _interval, number=True),
        _Column("P(best)", lambda r: _Text(r.p_best, percent_text), number=True),
        _Column("units", lambda r: r.units, number=True),
        _Column("relative differences", lambda r: r.relative_differences),
    ),
    RelativeDifferenceRep: (
        _Column("relative to", lambda d: _Treatment(_read(d, "from_treatment_id"))),
        _Column("90 % bounds", _bounds, number=True),
    ),
}

#: The list that an answer is about.
_MAIN: dict[type, str] = {
    ExperimentCollectionRep: "items",
    ExperimentBayesianResultsRep: "treatment_results",
    ExperimentResults: "totals",
    ExperimentationSettingsRep: "randomization_units",
}


class _Time:
    """Epoch milliseconds, if anything."""

    def __init__(self, milliseconds: Any, raw: object = None) -> None:
        self.milliseconds = milliseconds
        self.raw = raw


class _Text:
    """A number with its form for reading. The number itself shows on hover."""

    def __init__(self, value: Any, text: Callable[[Any], str]) -> None:
        self.value = value
        self.text = text


class _Treatment:
    """A treatment by its id. The same answer says what it is called."""

    def __init__(self, treatment_id: Any) -> None:
        self.id = treatment_id


def _read(model: Model, name: str) -> Any:
    """A field's value, None where a required one is missing: unchecked models may lack it."""
    return model.get(name)


def _fields(model: Model) -> Iterator[tuple[str, Any]]:
    """What is set, in the order of the declaration."""
    # mypy reads ``__hash__`` of the instances. A class is hashable.
    times = _times(type(model))  # type: ignore[arg-type]
    for name in type(model).attribute_map:
        if name in model:
            value = model[name]
            if isinstance(model, MetricSeen) and name == "timestamp":
                value = _Time(seen_milliseconds(model), value)
            elif name in times:
                value = _Time(value)
            yield name, value
    yield from model.additional_properties.items()


@functools.cache
def _times(model: type[Model]) -> frozenset[str]:
    """The fields that are declared as epoch milliseconds."""
    return frozenset(
        name
        for cls in model.__mro__
        for name, annotation in inspect.get_annotations(cls).items()
        if EpochMilliseconds in (annotation, *typing.get_args(annotation))
    )


class _Renderer:
    """Renders one object within its bounds."""

    def __init__(self) -> None:
        self.left = MAX_VALUES
        #: What treatments are called, by their ids.
        self.names: dict[str, str] = {}

    def whole(self, model: Model) -> Iterator[str]:
        """A model in full: what is said of it, then the list that it is about."""
        main = _MAIN.get(type(model))
        fields = [(name, value) for name, value in _fields(model) if name != main]
        if isinstance(model, ExperimentBayesianResultsRep):
            self.names = _names(model)
            problem = mismatch_text(model.probability_of_mismatch)
            if problem:
                yield warning(problem)
        yield self.rows(fields, 1, caption=f"<b>{_title(model)}</b>")
        items = None if main is None else model.get(main)
        if isinstance(items, (list, tuple)):
            names = model.metadata if isinstance(model, ExperimentResults) else None
            yield self.sequence(items, 1, names and [name.key for name in names])

    def value(self, value: Any, depth: int) -> str:
        """Anything that a model can hold."""
        self.left -= 1
        if self.left < 0 or depth > MAX_DEPTH:
            return muted("…")
        if isinstance(value, _Time):
            return self.time(value)
        if isinstance(value, _Text):
            return self.text(value)
        if isinstance(value, _Treatment):
            # Models that nobody checked may hold anything.
            value = self.names.get(value.id, value.id) if isinstance(value.id, str) else value.id
        if value is None:
            return muted("None")
        if isinstance(value, str):
            return f"<bdi>{escape(shortened(value))}</bdi>" if value else muted("''")
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
            ", ".join(f"<bdi>{escape(shortened(str(key), 40))}</bdi>" for key in [*mapping][:4])
            + (", …" if len(mapping) > 4 else ""),
            self.rows(mapping.items(), depth + 1),
        )

    def rows(self, items: Iterable[tuple[Any, Any]], depth: int, *, caption: str = "") -> str:
        """Names and values, one pair a row."""
        pairs = list(items)
        rows = [
            (f"<b>{escape(shortened(str(name), 80))}</b>", self.value(value, depth))
            for name, value in pairs[:MAX_ROWS]
        ]
        return table(rows, caption=caption) + _rest(len(pairs))

    def sequence(self, items: Sequence[Any], depth: int, names: Sequence[Any] | None = None) -> str:
        """The items of a list: a table if they are of one kind of model, else one a row.

        ``names`` are what the items are called elsewhere in the answer.
        """
        if not items:
            return f"<div>{muted('no items')}</div>"
        shown = items[:MAX_ROWS]
        kind = type(shown[0])
        if not issubclass(kind, Model) or any(type(item) is not kind for item in shown):
            rows = [(muted(index), self.value(item, depth)) for index, item in enumerate(shown)]
            return table(rows) + _rest(len(items))
        columns = _COLUMNS.get(kind) or _columns(shown)
        if names:
            known = dict(zip(map(id, shown), names))
            columns = (_Column("", lambda item: known.get(id(item))), *columns)
        return table(
            [[self.cell(column.read(item), depth) for column in columns] for item in shown],
            [shortened(column.header, 40) for column in columns],
            numbers=frozenset(i for i, column in enumerate(columns) if column.number),
        ) + _rest(len(items))

    def cell(self, value: Any, depth: int) -> str:
        """A value in a table, where an empty cell says "not set"."""
        return "" if value is None else self.value(value, depth)


def _names(results: ExperimentBayesianResultsRep) -> dict[str, str]:
    """What the treatments of results are called, by their ids."""
    names: dict[str, str] = {}
    for result in results.treatment_results or ():
        if isinstance(result, TreatmentResultRep):
            key, name = result.treatment_id, result.treatment_name
            if isinstance(key, str) and name:
                names[key] = name
    return names


def _columns(models: Sequence[Model]) -> tuple[_Column, ...]:
    """A column for each field that any of the models sets, but for links."""
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
    """What kind of thing it is, and which one."""
    names = [model.get(name) for name in ("key", "name", "treatment_name", "status", "kind")]
    known = [shortened(name, 60) for name in names if isinstance(name, str) and name]
    return " · ".join(
        [type(model).__name__, *(f"<bdi>{escape(n)}</bdi>" for n in dict.fromkeys(known))]
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _rest(total: int) -> str:
    hidden = total - MAX_ROWS
    return f"<div>{muted(f'and {hidden:,} more, not shown')}</div>" if hidden > 0 else ""
