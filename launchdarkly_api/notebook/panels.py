"""A metric in three panels with the same rows: mean, difference, probability of being best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from launchdarkly_api.notebook import facts
from launchdarkly_api.notebook.canvas import (
    EM,
    PLAIN,
    WARNING,
    WARNING_BOX,
    Picture,
    Space,
    font_size,
    no_data,
    scaled,
    wrapped,
)
from launchdarkly_api.notebook.forests import Rows, height_for, reference_of
from launchdarkly_api.notebook.plots import draw_differences, draw_probability_best, draw_results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
else:
    # Programs read annotations at run time too.
    Axes = Any

#: The width of a picture in inches, and the relative widths of the panels.
WIDTH, SHARES = 12.0, (1.2, 1.2, 0.7)
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
    """Draw a figure with one row of panels per metric."""
    space = Space(26, 2, values=True, units=False, title=scaled(3.0) * 72)
    heights = [
        FAILED_HEIGHT if panels.failure else height_for(panels.rows, space) + 0.6
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
            _draw(part.subplots(1, 3, sharey=True, width_ratios=SHARES), panels, space)
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


def _draw(axes: Sequence[Axes], panels: Panels, space: Space) -> None:
    means, differences, best = axes
    # The results contain only the key of their metric; the experiment has its name.
    rows = replace(panels.rows, metric=panels.metric)
    draw_results(means, rows, space, panels.unit)
    draw_differences(differences, rows, space, reference_of(rows), panels.lower_is_better)
    draw_probability_best(best, rows, space)
    for ax in (differences, best):
        ax.tick_params(axis="y", labelleft=False)
