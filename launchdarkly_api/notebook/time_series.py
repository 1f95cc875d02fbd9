"""The parts of the time series plot of legacy results."""

from __future__ import annotations

import operator
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped,unused-ignore]
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from launchdarkly_api._display.text import interval_text, number_text
from launchdarkly_api.model.experiment_results import ExperimentResults
from launchdarkly_api.notebook import facts, figures
from launchdarkly_api.notebook.canvas import (
    EM,
    FURTHEST,
    GREEN,
    GREY,
    LINE,
    MIN_SHARE,
    ORANGE,
    PLAIN,
    PURPLE,
    SKY,
    WIDTH,
    axes_for,
    describe,
    font_size,
    heading,
    ink,
    no_data,
    room_in,
    scaled,
    wrapped,
    wrapped_names,
)
from launchdarkly_api.notebook.frames import legacy_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes
else:
    # Programs read annotations at run time too.
    Axes = Any

#: The height of a picture, in inches.
HEIGHT = 4.2
#: The maximum number of variations whose intervals are drawn: more would hide one another.
MAX_BANDS = 4
#: The colours, lines and markers of variations. Blue and vermillion stand for better and worse, so
#: that no variation has them.
STYLES = [
    (colour, *style)
    for style in (("-", "o"), ("--", "s"), (":", "^"), ("-.", "D"))
    for colour in (GREEN, PURPLE, ORANGE, SKY)
]


def plot_series(
    results: ExperimentResults, ax: Axes | None, baseline: int | str | None, unit: str | None
) -> Axes:
    """Draw ``plot_legacy``."""
    frame: Any = legacy_frame(results).dropna(subset=["time"])
    rate = frame["cumulative_rate"]
    frame["cumulative_rate"] = rate.where(rate.abs() < FURTHEST)
    names = facts.variation_labels(results)
    base = _baseline(results, names, baseline)
    with_data = set(frame.dropna(subset="cumulative_rate")["variation"])
    drawn = [name for name in names if name in with_data]
    frame = frame[frame["variation"].isin(drawn)]
    height = max(HEIGHT, 1.5 + 0.33 * len(drawn))
    with axes_for(ax, scaled(WIDTH), scaled(height)) as axes:
        width = scaled(WIDTH) * 72 * 0.6 if ax is None else room_in(axes, 1).title
        lines = legend_lines(axes, len(drawn)) if ax is not None else 2
        bands = len(drawn) <= MAX_BANDS
        _draw_lines(axes, frame, names, base, drawn, min(max(int(lines), 1), 2), bands)
        first_note = _first_note(results, frame)
        notes = [first_note] if frame.empty else [first_note, _interval_note(frame, bands)]
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_ylabel(_rate_label(unit), **PLAIN)
        if frame.empty:
            axes.set_xticks([])
            axes.set_yticks([])
            no_data(axes)
        else:
            _set_time_axis(axes, frame)
            if not _reach_zero(axes):
                notes.append("the axis does not reach zero")
            add_legend(axes, min(max(lines, 0.6), 1))
        characters = int(width / font_size("ytick.labelsize") / EM)
        axes.set_xlabel("\n".join(wrapped(note, characters, 2) for note in notes), **PLAIN)
        metric, title = figures.metric_of(results), "cumulative rate of each variation"
        whole = f"{metric.name}: {title}" if metric else title.capitalize()
        heading(axes, whole, None, width)
        describe(axes, f"{whole}. {_told(frame)}")
    return axes


def _told(frame: Any) -> str:
    """Return the last rate of each variation in words."""
    known = frame.dropna(subset="cumulative_rate").sort_values("time", kind="stable")
    last = known.groupby("variation", sort=False).tail(1)
    texts = (
        f"{row.variation}: {number_text(row.cumulative_rate)}"
        f" ({interval_text(row.cumulative_low, row.cumulative_high)}) on {row.time:%Y-%m-%d}"
        for row in last.itertuples()
    )
    return "; ".join(texts) or "no data"


def _baseline(results: ExperimentResults, names: list[str], wanted: int | str | None) -> str | None:
    if wanted is None:
        totals = results.totals or []
        without = [i for i, total in enumerate(totals) if total.improvement is None]
        return names[without[0]] if len(without) == 1 < len(totals) else None
    if isinstance(wanted, str):
        if wanted in names:
            return wanted
    else:
        # ``True`` would otherwise be the index 1.
        index = -1 if isinstance(wanted, bool) else operator.index(wanted)
        if 0 <= index < len(names):
            return names[index]
    known = ", ".join(map(repr, names)) or "no variations"
    raise ValueError(f"baseline {wanted!r} is not in these results, which have {known}")


def legend_lines(ax: Axes, entries: int) -> float:
    """Return the lines available to each entry of a legend that fits beside the axes."""
    height = ax.bbox.height / ax.figure.canvas.figure.dpi * 72
    # The gap between two entries is half a line.
    return height / max(entries, 1) / font_size("legend.fontsize") / LINE - 0.5


def _draw_lines(
    ax: Axes,
    frame: Any,
    names: list[str],
    base: str | None,
    drawn: list[str],
    label_lines: int,
    bands: bool,
) -> None:
    """Draw a line for each variation that has data, and remember its label in the line's id."""
    roles = [" (baseline)" if name == base else "" for name in names]
    labels = wrapped_names(names, 24, label_lines, roles)
    for name, label, style in zip(names, labels, cycle(STYLES)):
        if name in drawn:
            colour, line, marker = (ink(), "-", "s") if name == base else style
            own = _with_gaps(frame, name)
            _line(ax, own, colour, line, marker, label)
            if bands:
                _band(ax, own, colour)


def _with_gaps(frame: Any, name: str) -> pd.DataFrame:
    """Return a variation's rows by time, with an empty row at times that only others have."""
    own = frame[frame["variation"] == name]
    missing = frame[~frame["time"].isin(own["time"])].drop_duplicates("time")
    figures = ("cumulative_rate", "cumulative_low", "cumulative_high")
    both: pd.DataFrame = pd.concat([own, missing.assign(**dict.fromkeys(figures, np.nan))])
    return both.sort_values("time", kind="stable")


def _times(frame: Any) -> Any:
    return frame["time"].dt.tz_localize(None).to_numpy()


def _line(ax: Axes, frame: pd.DataFrame, colour: str, line: str, marker: str, label: str) -> None:
    ax.plot(
        _times(frame),
        frame["cumulative_rate"].to_numpy(),
        color=colour,
        ls=line,
        marker=marker,
        ms=4,
        lw=1.8,
        gid=label,
        zorder=3,
    )


def _band(ax: Axes, frame: pd.DataFrame, colour: str) -> None:
    times = _times(frame)
    low, high = frame["cumulative_low"].to_numpy(), frame["cumulative_high"].to_numpy()
    known = (np.abs(low) < FURTHEST) & (np.abs(high) < FURTHEST)
    ax.fill_between(times, low, high, where=known, color=colour, alpha=0.15, lw=0)
    # A band has no width at an isolated point.
    beside = np.concatenate([[False], known, [False]])
    for alone in np.flatnonzero(known & ~beside[:-2] & ~beside[2:]):
        ends = (low[alone], high[alone])
        ax.plot([times[alone]] * 2, ends, color=colour, alpha=0.6, lw=1.8, marker="_", ms=10)


def _rate_label(unit: str | None) -> str:
    return "cumulative rate" + (f", in {unit}" if unit else "\n(conversions: a fraction)")


def _first_note(results: ExperimentResults, frame: Any) -> str:
    granularity = f", one point a {results.granularity}" if results.granularity else ""
    if frame.empty:
        return f"time (UTC){granularity}"
    first, last = frame["time"].min(), frame["time"].max()
    return f"{first:%Y-%m-%d} to {last:%Y-%m-%d} (UTC){granularity}"


def _interval_note(frame: Any, bands: bool) -> str:
    if not bands:
        return "too many variations to draw intervals"
    shape = "bar" if frame["time"].min() == frame["time"].max() else "band"
    return f"{shape}: 95 % confidence interval"


def _set_time_axis(ax: Axes, frame: Any) -> None:
    first, last = frame["time"].min(), frame["time"].max()
    if first == last:
        day = np.timedelta64(1, "D")
        at = first.tz_localize(None).to_datetime64()
        ax.set_xlim(at - day, at + day)
    locator = AutoDateLocator(tz="UTC")  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(
        ConciseDateFormatter(  # type: ignore[no-untyped-call]
            locator, tz="UTC", show_offset=False
        )
    )
    ax.grid(visible=True, color=GREY, alpha=0.25, lw=0.8)


def _reach_zero(ax: Axes) -> bool:
    """Extend the rate axis to zero, unless that would make the lines too flat."""
    low, high = ax.get_ylim()
    if low > 0 and high - low >= MIN_SHARE * high:
        ax.set_ylim(bottom=0)
    reaches = ax.get_ylim()[0] <= 0
    if reaches:
        ax.axhline(0, color=ink(), lw=1, zorder=1)
    return reaches


def add_legend(ax: Axes, scale: float) -> None:
    """Draw a legend of the lines that have an id, beside the axes."""
    lines = [line for line in ax.get_lines() if line.get_gid() is not None]
    legend = ax.legend(
        lines,
        "?" * len(lines),
        loc="upper left",
        bbox_to_anchor=(1.01, 1),
        frameon=False,
        fontsize=font_size("legend.fontsize") * scale,
    )
    # A legend skips labels that begin with an underscore, so they are set as texts afterwards.
    for text, line in zip(legend.get_texts(), lines):
        text.set(text=line.get_gid(), **PLAIN)
