"""The time series of legacy results as a picture."""

from __future__ import annotations

import operator
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped,unused-ignore]
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from launchdarkly_api.model.experiment_results import ExperimentResults
from launchdarkly_api.notebook import facts
from launchdarkly_api.notebook.canvas import (
    BLUE,
    EM,
    GREEN,
    GREY,
    LINE,
    ORANGE,
    PLAIN,
    PURPLE,
    SKY,
    VERMILLION,
    axes_for,
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
    # Programs ask for annotations at run time too.
    Axes = Any

WIDTH, HEIGHT = 9.0, 4.5
#: With more variations the bands would hide one another.
MOST_BANDS = 4
_COLOURS = (BLUE, VERMILLION, GREEN, ORANGE, SKY, PURPLE)
#: After the colours are used up, they come again with other lines and markers.
_STYLES = (("-", "o"), ("--", "s"), (":", "^"))


def plot_legacy(
    results: ExperimentResults,
    *,
    ax: Axes | None = None,
    baseline: int | str | None = None,
    unit: str | None = None,
) -> Axes:
    """Draw the cumulative rate of each variation over time, with its 95 % confidence interval.

    With more than four variations the intervals are left out, and the axis says so;
    ``legacy_frame`` has them.

    Args:
        results: The results of a legacy experiment.
        ax: Where to draw; a new figure by default.
        baseline: The index or the label of the baseline, drawn in the colour of the text. By
            default the one variation whose totals have no improvement where all others have one:
            the service compares with it.
        unit: The unit of the rate, which the service does not send.

    Returns:
        The axes.

    Raises:
        ValueError: There is no such variation.
    """
    frame: Any = legacy_frame(results).dropna(subset=["time"])
    rate = frame["cumulative_rate"]
    frame["cumulative_rate"] = rate.where(rate.abs() < 1e300)
    names = facts.variation_labels(results)
    base = _baseline(results, names, baseline)
    with_data = set(frame.dropna(subset="cumulative_rate")["variation"])
    drawn_names = [name for name in names if name in with_data]
    frame = frame[frame["variation"].isin(drawn_names)]
    with axes_for(ax, scaled(WIDTH), scaled(max(HEIGHT, 1.5 + 0.33 * len(drawn_names)))) as drawn:
        width = scaled(WIDTH) * 72 * 0.6 if ax is None else room_in(drawn, 1).title
        bands = len(drawn_names) <= MOST_BANDS
        styles = cycle((c, *s) for s in _STYLES for c in _COLOURS)
        roles = [" (baseline)" if name == base else "" for name in names]
        most = _legend_lines(drawn, len(drawn_names)) if ax is not None else 2
        labels = wrapped_names(names, 24, min(max(int(most), 1), 2), roles)
        for name, label, style in zip(names, labels, styles):
            if name in drawn_names:
                colour, line, marker = (ink(), "-", "s") if name == base else style
                _line(drawn, _with_gaps(frame, name), colour, line, marker, label, bands)
        _finish(drawn, results, frame, width, bands, unit, min(max(most, 0.6), 1))
        metric = facts.metric_of(results)
        what = "cumulative rate of each variation"
        heading(drawn, f"{metric.name}: {what}" if metric else what.capitalize(), None, width)
    return drawn


def _baseline(results: ExperimentResults, names: list[str], wanted: int | str | None) -> str | None:
    if wanted is None:
        totals = results.totals or []
        without = [i for i, total in enumerate(totals) if total.improvement is None]
        return names[without[0]] if len(without) == 1 < len(totals) else None
    if isinstance(wanted, str):
        if wanted in names:
            return wanted
    else:
        # ``True`` would be the index 1.
        index = -1 if isinstance(wanted, bool) else operator.index(wanted)
        if 0 <= index < len(names):
            return names[index]
    known = ", ".join(map(repr, names)) or "no variations"
    raise ValueError(f"baseline {wanted!r} is not in these results, which have {known}")


def _legend_lines(ax: Axes, entries: int) -> float:
    """How many lines each entry of a legend may have, for all of them to stand beside the axes."""
    height = ax.bbox.height / ax.figure.canvas.figure.dpi * 72
    # Half a line lies between two entries.
    return height / max(entries, 1) / font_size("legend.fontsize") / LINE - 0.5


def _with_gaps(frame: Any, name: str) -> pd.DataFrame:
    """The rows of a variation by time, and one without figures where only others have any."""
    own = frame[frame["variation"] == name]
    missing = frame[~frame["time"].isin(own["time"])].drop_duplicates("time")
    figures = ("cumulative_rate", "cumulative_low", "cumulative_high")
    both: pd.DataFrame = pd.concat([own, missing.assign(**dict.fromkeys(figures, np.nan))])
    return both.sort_values("time", kind="stable")


def _line(
    ax: Axes,
    frame: pd.DataFrame,
    colour: str,
    line: str,
    marker: str,
    label: str,
    band: bool,
) -> None:
    times = frame["time"].dt.tz_localize(None).to_numpy()
    ax.plot(
        times,
        frame["cumulative_rate"].to_numpy(),
        color=colour,
        ls=line,
        marker=marker,
        ms=4,
        lw=1.8,
        gid=label,
        zorder=3,
    )
    if band:
        low, high = frame["cumulative_low"].to_numpy(), frame["cumulative_high"].to_numpy()
        known = (np.abs(low) < 1e300) & (np.abs(high) < 1e300)
        ax.fill_between(times, low, high, where=known, color=colour, alpha=0.15, lw=0)
        # A band has no width over a point that stands alone.
        beside = np.concatenate([[False], known, [False]])
        for alone in np.flatnonzero(known & ~beside[:-2] & ~beside[2:]):
            ends = (low[alone], high[alone])
            ax.plot([times[alone]] * 2, ends, color=colour, alpha=0.6, lw=1.8, marker="_", ms=10)


def _finish(
    ax: Axes,
    results: ExperimentResults,
    frame: pd.DataFrame,
    width: float,
    bands: bool,
    unit: str | None,
    legend_scale: float,
) -> None:
    points = font_size("ytick.labelsize")
    ax.spines[["top", "right"]].set_visible(False)
    granularity = f", one point a {results.granularity}" if results.granularity else ""
    notes = [f"time (UTC){granularity}"]
    rate = "cumulative rate" + (f", in {unit}" if unit else "\n(conversions: a fraction)")
    ax.set_ylabel(rate, **PLAIN)
    if frame.empty:
        ax.set_xticks([])
        ax.set_yticks([])
        no_data(ax)
    else:
        first, last = _ends(frame["time"])
        shape = "bar" if first == last else "band"
        notes.append(
            f"{shape}: 95 % confidence interval"
            if bands
            else "too many variations to draw intervals"
        )
        notes[0] = f"{first:%Y-%m-%d} to {last:%Y-%m-%d} (UTC){granularity}"
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
        low, high = ax.get_ylim()
        if low > 0 and high - low >= 0.15 * high:
            ax.set_ylim(bottom=0)
        elif low > 0:
            notes.append("the axis does not reach zero")
        ax.axhline(0, color=ink(), lw=1, zorder=1) if ax.get_ylim()[0] <= 0 else None
        lines = [line for line in ax.get_lines() if line.get_gid() is not None]
        legend = ax.legend(
            lines,
            "?" * len(lines),
            loc="upper left",
            bbox_to_anchor=(1.01, 1),
            frameon=False,
            fontsize=font_size("legend.fontsize") * legend_scale,
        )
        # A legend leaves out labels that begin with an underscore, but not texts.
        for text, line in zip(legend.get_texts(), lines):
            text.set(text=line.get_gid(), **PLAIN)
    ax.set_xlabel("\n".join(wrapped(note, int(width / points / EM), 2) for note in notes), **PLAIN)


def _ends(times: Any) -> tuple[Any, Any]:
    return times.min(), times.max()
