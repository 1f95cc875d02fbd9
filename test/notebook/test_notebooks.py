"""The notebooks of the documentation, run from top to bottom and opened in a browser."""

from __future__ import annotations

import io
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from matplotlib import image

from test.notebook import browser
from test.notebook.jupyter import (
    NOTEBOOKS,
    execute,
    install_kernel,
    notebooks,
    read,
    without_outputs,
)
from test.notebook.store import IMAGES, PICTURES, drawings, pictures

#: The maximum mean difference of colours between a picture and the stored one, from 0 to 1.
TOLERANCE = 0.01


def outputs(notebook: Any) -> list[tuple[str, Any]]:
    """The outputs of the cells, with the first words of each cell."""
    return [
        (cell.source.split("\n")[0], output)
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]


def kinds(notebook: Any) -> list[tuple[str, str, list[str]]]:
    return [
        (cell, output.output_type, sorted(output.get("data", {})))
        for cell, output in outputs(notebook)
    ]


def own_pages(notebook: Any) -> list[str]:
    """The HTML of this library, without pictures, which depend on fonts and versions."""
    pages = [
        output.data["text/html"]
        for _, output in outputs(notebook)
        if "text/html" in output.get("data", {})
    ]
    return [re.sub('base64,[^"]+', "", page) for page in pages if "launchdarkly" in page]


def texts(notebook: Any) -> list[str]:
    return [output.text for _, output in outputs(notebook) if output.output_type == "stream"]


def values(notebook: Any) -> list[tuple[str, str]]:
    """The values of the cells, as text. Another processor may round the last digits otherwise."""
    return [
        (cell, re.sub(r"\d+\.\d{10,}", lambda n: f"{float(n[0]):.10g}", output.data["text/plain"]))
        for cell, output in outputs(notebook)
        if output.output_type == "execute_result"
    ]


def pixels(picture: bytes) -> Any:
    return image.imread(io.BytesIO(picture), format="png")[:, :, :3]


def test_there_are_four_notebooks() -> None:
    assert [path.stem[:2] for path in notebooks()] == ["01", "02", "03", "04"]


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom_and_shows_what_is_stored(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_kernel(tmp_path, monkeypatch)
    stored = read(path)
    nbformat.validate(stored)
    again = execute(without_outputs(read(path)))
    assert "error" not in {output.output_type for _, output in outputs(again)}
    assert not [output for _, output in outputs(again) if output.get("name") == "stderr"]
    assert kinds(again) == kinds(stored)
    assert own_pages(again) == own_pages(stored)
    assert texts(again) == texts(stored)
    assert values(again) == values(stored)
    counts = [cell.execution_count for cell in stored.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    compare_pictures(pictures(again), pictures(stored))


def test_a_winner_is_declared_with_the_reason() -> None:
    """The value of the cell that stops the experiment comes from the service."""
    first, second = (
        [value for _, value in values(read(path)) if value.startswith("('stopped',")]
        for path in notebooks()[:2]
    )
    assert "green is best with a probability of 99.9%" in first[0]
    assert "one page leads with a probability of being best of" in second[0]


def test_every_experiment_of_the_portfolio_can_be_decided_or_says_why_not() -> None:
    warned, decided, undecided = texts(read(notebooks()[2]))
    assert warned.startswith("metric_events has no event 'signup'")
    assert re.findall("^[a-z-]+", decided, re.MULTILINE) == ["pricing-page"]
    assert list(dict.fromkeys(re.findall("^[a-z-]+", undecided, re.MULTILINE))) == [
        *("checkout", "search-ranking", "onboarding-video"),
        *("night-mode", "referral-banner"),
    ]


def compare_pictures(again: dict[str, bytes], stored: dict[str, bytes]) -> None:
    assert list(again) == list(stored)
    for cell, picture in again.items():
        drawn = pixels(picture)
        assert drawn.std() > 0.05, cell
        # Other versions of matplotlib may draw a pixel elsewhere.
        if f"version{version('matplotlib')}".encode() in stored[cell]:
            known = pixels(stored[cell])
            assert drawn.shape == known.shape, cell
            assert np.abs(drawn - known).mean() < TOLERANCE, cell


def test_the_pictures_of_the_guide_are_those_of_the_notebooks() -> None:
    shown = {picture for path in notebooks() for picture in drawings(read(path)).values()}
    for name in PICTURES.values():
        assert (IMAGES / f"{name}.svg").read_text(encoding="utf-8") in shown, name


def test_the_guide_shows_pictures_that_exist() -> None:
    guide = NOTEBOOKS.parent / "guides" / "notebooks.md"
    targets = re.findall(r"\]\(([^)#]+)\)", guide.read_text(encoding="utf-8"))
    targets += re.findall(r'(?:src|srcset)="([^"]+)"', guide.read_text(encoding="utf-8"))
    local = [target for target in targets if not target.startswith("http")]
    assert len([target for target in local if target.endswith((".png", ".svg"))]) >= 8
    for target in local:
        assert (guide.parent / target).resolve().exists(), target


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_a_stored_notebook_reveals_nothing_about_the_machine(path: Path) -> None:
    stored = re.sub('"image/png": "[^"]+"', "", path.read_text(encoding="utf-8"))
    stored = re.sub("base64,[A-Za-z0-9+/=]+", "", stored)
    for trace in ("/home", "/tmp", "/root", "/work", "127.0.0.1", "localhost", "sandbox-token"):
        assert trace not in stored, trace
    assert not re.search(r"site-packages|\.py\", line|0x[0-9a-f]{6}", stored)


@browser.needs_chromium
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_a_browser_shows_a_readable_notebook(
    tmp_path: Path, path: Path, theme: browser.Theme
) -> None:
    exporter = pytest.importorskip("nbconvert").HTMLExporter(theme=theme)
    stored = read(path)
    source, _ = exporter.from_notebook_node(stored)
    found = browser.inspect(tmp_path, source, theme)
    assert found["texts"] > 20
    assert found["unreadable"] == []
    # Our style must override Jupyter's, which aligns all tables to the right.
    assert set(found["alignments"]) <= {":left", "number:right"}
    assert ":left" in found["alignments"]
    assert len(found["pictures"]) >= len(pictures(stored))
    assert all(width > 300 and height > 100 for width, height in found["pictures"])
