"""Every picture of the part: readable on light, dark and narrow pages, and told in words."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import image as images
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.font_manager import FontProperties

from launchdarkly_api.analysis import Arm, frequentist_results
from launchdarkly_api.notebook import (
    Reports,
    plot_differences,
    plot_legacy,
    plot_over_days,
    plot_portfolio,
    plot_probability_best,
    plot_results,
    plot_sample_size,
    report_of,
)
from launchdarkly_api.notebook.canvas import BLUE, VERMILLION
from launchdarkly_api.notebook.pictures import DARK, LIGHT, Picture
from test.notebook import browser
from test.notebook.boxes import texts, troubles
from test.notebook.examples import LONG_NAMES, experiment, legacy, results, treatment_id

#: The width of a narrow page, and the smallest text on it, both in pixels.
NARROW, SMALLEST = 600, 9
MEANS = [0.1 + 0.005 * n for n in range(12)]


def arms(count: int, day: int = 1) -> dict[str, Arm]:
    return {
        treatment_id(n): Arm(units=300 * day, conversions=(30 + 3 * n) * day) for n in range(count)
    }


def days(count: int, number: int = 14) -> dict[Any, Any]:
    first = datetime.date(2026, 3, 1)
    return {first + datetime.timedelta(days=n): arms(count, n + 1) for n in range(number)}


def one_sided(count: int) -> dict[Any, Any]:
    return {
        day: frequentist_results(found, baseline=treatment_id(0), alternative="greater")
        for day, found in days(count).items()
    }


def own(names: Any, **more: Any) -> Any:
    sent = results(names, MEANS[: len(names)], mismatch=0.995)
    return report_of(experiment(names), {"signup": sent}, **more)


def significant(names: Any) -> Any:
    found = frequentist_results(arms(len(names)), baseline=treatment_id(0))
    return report_of(experiment(names), {"signup": found})


def of_results(plot: Callable[..., Any]) -> Callable[[Any], Any]:
    return lambda names: (
        plot(results(names, MEANS[: len(names)], mismatch=0.995), experiment(names)).figure
    )


#: Every picture, drawn for treatments with these names, without a direction of success.
PICTURES: dict[str, Callable[[Any], Any]] = {
    "results": of_results(plot_results),
    "differences": of_results(plot_differences),
    "best": of_results(plot_probability_best),
    "legacy": lambda names: plot_legacy(legacy(names)).figure,
    "days": lambda names: plot_over_days(days(len(names)), experiment(names)).figure,
    "one-sided days": lambda names: plot_over_days(one_sided(len(names)), experiment(names)).figure,
    "portfolio": lambda names: plot_portfolio({"a": own(names), "b": own(names)}).figure,
    "sample size": lambda names: plot_sample_size(baseline=0.1).figure,
    "report": lambda names: own(names).plot(),
    "tested report": lambda names: significant(names).plot(),
}
NAMES = (("control", "bold"), LONG_NAMES[:4])
every_picture = pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES.keys())


def rendered(figure: Any, width: float) -> dict[str, float]:
    """The height of each text in pixels, if this width in pixels shows the picture."""
    shown = min(width / (figure.get_figwidth() * 72), 96 / 72)
    return {
        text.get_text(): FontProperties(size=text.get_fontsize()).get_size_in_points() * shown
        for text in texts(figure)
        if text.get_text().strip()
    }


@every_picture
@pytest.mark.parametrize("names", NAMES, ids=["short", "long"])
def test_every_text_has_nine_pixels_on_a_narrow_page(
    draw: Callable[[Any], Any], names: Any
) -> None:
    figure = draw(names)
    sizes = rendered(figure, NARROW)
    assert len(sizes) >= 4
    assert {text: size for text, size in sizes.items() if size < SMALLEST} == {}
    assert troubles(figure) == []


@every_picture
def test_every_picture_has_colours_for_light_and_dark_pages(draw: Callable[[Any], Any]) -> None:
    figure = draw(("control", "bold"))
    assert isinstance(figure, Picture)
    svg = figure.to_svg()
    assert svg == draw(("control", "bold")).to_svg()
    assert "var(--ink)" in svg
    # No text, line or ground is black or white on every page.
    assert not re.search(r": (#000000|#ffffff|black|white)", svg)
    assert all(colour in svg for colour in (*LIGHT, *DARK))


@every_picture
def test_every_picture_says_its_result_in_words(draw: Callable[[Any], Any]) -> None:
    figure = draw(("control", "bold"))
    assert re.search(r"bold.*\d|\d units to detect", figure.alt), figure.alt
    assert f'<img alt="{figure.alt.split(";")[0][:20]}' in figure._repr_html_()
    for text in ("**", "None", "nan", "\n"):
        assert text not in figure.alt


@every_picture
def test_no_picture_has_the_colour_of_better_without_a_direction(
    draw: Callable[[Any], Any],
) -> None:
    svg = draw(("control", "bold", "third")).to_svg().lower()
    assert BLUE.lower() not in svg
    # The box around a warning is vermillion, and nothing else is.
    assert f"fill: none; stroke: {VERMILLION.lower()}" not in svg


@pytest.mark.parametrize(("lower", "colour"), [(True, VERMILLION), (False, BLUE)])
def test_a_direction_brings_the_colours(lower: bool, colour: str) -> None:
    sent = {"signup": results(("control", "bold"), (0.1, 0.14))}
    report = report_of(experiment(), sent, lower_is_better={"signup": lower})
    assert colour.lower() in report.plot().to_svg().lower()


def test_a_style_of_the_user_keeps_its_colours() -> None:
    with plt.style.context("dark_background"):
        figure: Any = plot_results(results(), experiment()).figure
        svg = figure.to_svg()
    assert "--ink" not in svg
    assert "#ffffff" in svg


def test_the_figures_of_the_caller_stay_as_they_are() -> None:
    figure, ax = plt.subplots(figsize=(8, 4))
    plot_results(results(), experiment(), ax=ax)
    assert not isinstance(figure, Picture)


def test_words_may_be_replaced() -> None:
    picture = own(("control", "bold")).plot()
    assert picture.alt.startswith("Sign-ups: bold leads with a probability of being best of")
    picture.alt = 'A "quoted" <word>'
    assert 'alt="A &quot;quoted&quot; &lt;word&gt;"' in picture.to_html()
    assert 'alt="other"' in picture.to_html("other")
    assert picture.to_png().startswith(b"\x89PNG")


def ground(tmp_path: Path, source: str, theme: browser.Theme) -> float:
    """The brightness of the most frequent colour of a picture in a page, from 0 to 1."""
    target = tmp_path / f"{theme}.png"
    browser.screenshot(tmp_path, source, theme, target, NARROW, 300)
    shown = images.imread(io.BytesIO(target.read_bytes()), format="png")[20:150, 40:560, :3]
    return float(np.median(shown.mean(axis=2)))


#: Pages with themes, by the attribute of the body that says so.
PAGES = {
    '<body data-jp-theme-light="true">': "light",
    '<body data-jp-theme-light="false">': "dark",
    '<body class="vscode-light">': "light",
    '<body class="vscode-dark">': "dark",
}


@browser.needs_chromium
@pytest.mark.parametrize(("body", "theme"), PAGES.items())
def test_a_picture_has_the_theme_of_the_notebook(tmp_path: Path, body: str, theme: str) -> None:
    figure: Any = plot_results(results(), experiment()).figure
    other: browser.Theme = "dark" if theme == "light" else "light"
    source = f"<!doctype html><html>{body}{figure._repr_html_()}</body></html>"
    # The reader prefers the other one.
    assert (ground(tmp_path, source, other) > 0.5) is (theme == "light")


@browser.needs_chromium
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_document_and_its_pictures_have_the_theme_of_the_reader(
    tmp_path: Path, theme: browser.Theme
) -> None:
    figure: Any = plot_results(results(), experiment()).figure
    source = browser.page(figure._repr_html_())
    assert (ground(tmp_path, source, theme) > 0.5) is (theme == "light")


def test_every_header_of_a_table_has_a_scope() -> None:
    names = ("control", "bold")
    pages = [own(names), Reports({"a": own(names)}), significant(names), own(names).summary()]
    shown = [page._repr_html_() for page in pages]
    shown += [own(names).to_html(), results()._repr_html_(), experiment()._repr_html_()]
    headers = [tag for page in shown for tag in re.findall(r"<th\b[^>]*>", page)]
    assert len(headers) > 20
    assert [tag for tag in headers if 'scope="' not in tag] == []
    alts = [tag for page in shown for tag in re.findall(r"<img\b[^>]*>", page)]
    assert len(alts) == 3
    assert all(re.match(r'<img alt="[^"]*(leads|differ)', tag) for tag in alts)


def test_no_setting_of_matplotlib_is_changed_by_a_picture() -> None:
    before = dict(mpl.rcParams)
    own(("control", "bold")).plot().to_svg()
    assert dict(mpl.rcParams) == before


def test_large_differences_are_factors() -> None:
    names = ("control", "bold")
    ax = plot_differences(results(names, (1.0, 101.0)), experiment(names))
    ax.figure.canvas.draw()
    figure: Any = ax.figure
    assert "+1e+04" not in figure.alt
    assert "101x" in figure.alt
    ticks = [tick.get_text() for tick in ax.get_xticklabels()]
    assert not [tick for tick in ticks if "e+" in tick]
    report = report_of(experiment(names), {"signup": results(names, (1.0, 101.0))})
    for text in (str(report.summary()), report.to_markdown(), report.to_html()):
        assert "101x" in text
        assert not re.search(r"\de\+\d", re.sub('base64,[^"]+', "", text))
    assert to_hex(figure.get_facecolor()) == "#ffffff"
