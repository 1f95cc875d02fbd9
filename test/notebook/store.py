"""Runs the notebooks and keeps their outputs and the pictures of the guide.

Run ``python -m test.notebook.store`` after a change of the outputs.
"""

from __future__ import annotations

import base64
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest

from test.notebook import browser
from test.notebook.jupyter import (
    NOTEBOOKS,
    execute,
    install_kernel,
    notebooks,
    read,
    without_outputs,
    write,
)

IMAGES = NOTEBOOKS.parent / "images"

#: The pictures of the guide, by the first words of the cell that draws them.
PICTURES = {
    "plot_results(signup": "results",
    "plot_differences(signup": "differences",
    "plot_differences(load": "differences-lower-is-better",
    "plot_probability_best(signup": "probability-best",
    "import warnings": "time-series",
    'portfolio["onboarding-video"]': "mismatch",
    "days = export": "over-days",
}

#: Width and height of the pictures of pages.
SIZES = {"report": (900, 1900), "experiment": (620, 250), "portfolio": (1320, 700)}


def drawings(notebook: Any) -> dict[str, str]:
    """The pictures with a light and a dark theme, by the first words of their cells."""
    found = {
        cell.source.lstrip(): re.search(r'base64,([^"]+)"', output.data.get("text/html", ""))
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    }
    return {key: base64.b64decode(m.group(1)).decode() for key, m in found.items() if m}


def pictures(notebook: Any) -> dict[str, bytes]:
    """The pictures in the outputs, by the first words of their cells."""
    return {
        cell.source.lstrip(): base64.b64decode(output.data["image/png"])
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type in ("display_data", "execute_result") and "image/png" in output.data
    }


def page_of(notebook: Any, begin: str) -> str:
    """The HTML output of the cell with these first words."""
    cell = next(c for c in notebook.cells if c.source.lstrip().startswith(begin))
    found: str = cell.outputs[-1].data["text/html"]
    return found


def main() -> None:
    """Run all notebooks, and store their outputs."""
    executed = {}
    for path in notebooks():
        notebook = execute(without_outputs(read(path)))
        notebook.metadata.language_info = {"name": "python"}
        for cell in notebook.cells:
            cell.metadata = {}
        write(notebook, path)
        executed[path.stem[:2]] = notebook
        for source, picture in drawings(notebook).items():
            for begin, name in PICTURES.items():
                if source.split("\n\n")[-1].startswith(begin) or source.startswith(begin):
                    (IMAGES / f"{name}.svg").write_text(picture, encoding="utf-8")
    pages = {
        "report": page_of(executed["02"], "found = report"),
        "experiment": page_of(executed["01"], "treatments = ["),
        "portfolio": page_of(executed["03"], "portfolio = Reports"),
    }
    for name, page in pages.items():
        for theme in ("light", "dark"):
            with tempfile.TemporaryDirectory() as directory:
                browser.screenshot(
                    Path(directory),
                    browser.page(page),
                    "dark" if theme == "dark" else "light",
                    IMAGES / f"{name}-{theme}.png",
                    *SIZES[name],
                )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
        install_kernel(Path(directory), patch)
        main()
