"""A metric in three panels with the same rows: mean, difference, probability of being best.

The first one is above the other two, so that the text is readable on a narrow page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from matplotlib.ticker import FixedLocator

from launchdarkly_api.notebook import facts
from launchdarkly_api.notebook.canvas import (
    EM,
    PLAIN,
    WARNING,
    WARNING_BOX,
    WIDTH,
    Space,
    font_size,
    no_data,
    scaled,
    wrapped,
)
from launchdarkly_api.notebook.forests import Rows, height_for, reference_of
from launchdarkly_api.notebook.pictures import Picture
from launchdarkly_api.notebook.plots import draw_differences, draw_probability_best, draw_results

#: The relative widths of the difference and of the probability.
SHARES = (2.0, 0.7)
#: The height in inches of a metric that could not be fetched.
FAILED_HEIGHT = 1.5


@dataclass(frozen=True)
class Panels:
    """The contents of the panels of one metric."""

    metric: facts.Metric
    rows: Rows
    unit: str | None
    lower_is_better: bool | None
    #: The reason why the results could not be fetched; None if they were.
    failure: str | None = None


def draw_panels(metrics: Sequence[Panels]) -> Picture:
    """Draw a figure with the panels of each metric, one metric below the other."""
    heights = [
        FAILED_HEIGHT if panels.failure else 2 * height_for(panels.rows, _space()) + 0.3
        for panels in metrics
    ] or [2.0]
    picture = Picture(figsize=(scaled(WIDTH), sum(heights)))
    # Room for the box around a warning, which the layout engine ignores.
    picture.set_layout_engine("constrained", h_pad=0.12)
    if not metrics:
        picture.text(0.5, 0.5, "no data", ha="center", va="center")
        return picture
    parts = picture.subfigures(len(metrics), 1, height_ratios=heights, squeeze=False)
    points = font_size("axes.titlesize")
    width = int(scaled(WIDTH) * 72 * 0.9 / points / EM)
    for part, panels in zip(parts[:, 0], metrics):
        if panels.failure:
            ax = part.subplots()
            ax.set_axis_off()
            no_data(ax, wrapped(f"could not be fetched: {panels.failure}", width, 3))
        else:
            _draw(part, panels)
        warning = panels.rows.warning
        lines = [panels.metric.name, *([WARNING + warning] if warning else [])]
        part.suptitle(
            "\n".join(wrapped(line, width, 2) for line in lines),
            x=0.01,
            ha="left",
            fontsize=points,
            bbox=WARNING_BOX if warning else None,
            **PLAIN,
        )
    return picture


def _space(*, units: bool = True) -> Space:
    share = 0.6 if units else 0.4
    return Space(26, 2, values=True, units=units, title=scaled(WIDTH) * 72 * share)


def _draw(part: Any, panels: Panels) -> None:
    # The results contain only the key of their metric; the experiment has its name.
    rows = replace(panels.rows, metric=panels.metric)
    rated = rows.interval.kind == "credible"
    # Parts of their own, because figures beside the axes take more room in one than in the other.
    upper, lower = part.subfigures(2, 1)
    draw_results(upper.subplots(), rows, _space(), panels.unit)
    space = _space(units=not rated)
    shares = SHARES if rated else (1,)
    axes = lower.subplots(1, len(shares), sharey=True, width_ratios=shares, squeeze=False)[0]
    draw_differences(axes[0], rows, space, reference_of(rows), panels.lower_is_better)
    for ax in axes[1:]:
        draw_probability_best(ax, rows, replace(space, title=scaled(WIDTH) * 72 * 0.15))
        ax.tick_params(axis="y", labelleft=False)
        ax.xaxis.set_major_locator(
            FixedLocator([0, 1] if ax.xaxis.get_majorticklocs().size else [])
        )
