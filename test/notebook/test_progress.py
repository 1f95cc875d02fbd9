"""Progress bars: shown while something is fetched, and gone afterwards, also in exports."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from pytest_httpserver import HTTPServer

from launchdarkly_api.analysis import cells
from launchdarkly_api.analysis import progress_bar as progress
from launchdarkly_api.analysis.progress_bar import progress_bar
from launchdarkly_api.notebook import reports
from test.notebook import browser
from test.notebook.examples import experiment_json
from test.notebook.jupyter import KERNEL, install_kernel
from test.notebook.test_reports import serve

#: Slow enough to show some bars: the first call takes longer than the interval of the bar.
SETUP = """
import time
from launchdarkly_api.notebook.fetching import fetch_all

class Ended(BaseException):
    pass

def wait(error=None):
    time.sleep(0.3)
    if error:
        raise error

def fetch(error=None):
    print("before")
    fetch_all({n: (lambda n=n: wait(error if n == 2 else None)) for n in range(12)},
              progress=True, title="results")
    print("after")
"""
ERRORS = ("", "Ended()", "KeyboardInterrupt()")
QUERIES = """
import os, signal
from launchdarkly_api.analysis import progress
from launchdarkly_api.analysis.frames import connect

progress.DELAY_SECONDS = 0.0

def query(sql):
    print("before")
    with connect() as connection:
        progress.watched(connection, connection.sql(sql).fetchall, progress=True)
    print("after")

def interrupted(sql):
    wait = progress.wait

    def interrupt(*arguments):
        progress.wait = wait
        os.kill(os.getpid(), signal.SIGINT)

    # The bar is shown when the query is awaited.
    progress.wait = interrupt
    query(sql)
"""
ENDLESS = "SELECT sum(a.i * b.i) FROM range(10000000) a(i), range(10000000) b(i)"


def bars(title: str, unit: str = " metric", count: int = 2, shown: bool = True) -> str:
    """The output of a bar on the standard error stream, without a notebook."""
    with redirect_stderr(io.StringIO()) as stream, progress_bar(title, unit, count, shown=shown):
        pass
    return stream.getvalue()


def test_a_bar_is_written_and_erased() -> None:
    written = bars("results")
    assert "results:   0%" in written
    assert written.rsplit("\r", 2)[1].strip() == ""
    assert bars("results", shown=False) == ""


def test_the_listing_shows_progress_too(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []

    class Bar(progress.tqdm):  # type: ignore[misc,name-defined]
        def close(self) -> None:
            made.append((self.desc, self.n, self.total))
            super().close()

    monkeypatch.setattr(progress, "tqdm", Bar)
    listed = [experiment_json(key=f"e{n}") for n in range(45)]
    with redirect_stderr(io.StringIO()) as stream:
        found = reports(
            serve(httpserver, listed, _links={}, total_count=45), "demo", "test", metrics=[]
        )
    assert len(found) == 45
    assert made[0] == ("experiments", 45, 45)
    assert "experiments" in stream.getvalue()
    assert made[1][0] == "results"


def test_an_output_of_a_cell_is_replaced_and_removed() -> None:
    shown: list[str] = []

    def show(data: Any, **_: Any) -> Any:
        shown.append(data["text/plain"])
        return SimpleNamespace(update=show)

    output = cells.CellOutput(show)
    output.close()
    assert shown == []
    assert output.write("\r10 %") == 5
    output.write("\r   \r")
    output.flush()
    output.write("\r20 %\n")
    output.close()
    assert shown == ["10 %", "20 %", ""]
    assert cells.cell_output() is None


def executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *codes: str) -> Any:
    """A notebook that ran in a kernel, cell by cell, also after errors."""
    notebook = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
        cells=[nbformat.v4.new_code_cell(code) for code in codes]  # type: ignore[no-untyped-call]
    )
    client = NotebookClient(
        notebook, kernel_name=KERNEL, timeout=120, allow_errors=True, store_widget_state=True
    )
    with monkeypatch.context() as patch:
        install_kernel(tmp_path, patch)
        return client.execute()


def assert_no_bar_is_left(cell: Any, *, ends: bool) -> None:
    texts = [o.text for o in cell.outputs if o.output_type == "stream"]
    assert [o for o in cell.outputs if o.get("name") == "stderr"] == []
    assert "".join(texts).split() == ["before", *([] if ends else ["after"])]
    # The bar was there, and is replaced by nothing.
    (bar,) = [o for o in cell.outputs if o.output_type == "display_data"]
    assert bar.data == {"text/plain": ""}
    assert len([o for o in cell.outputs if o.output_type == "error"]) == ends


@pytest.mark.parametrize("widgets", [True, False])
def test_no_bar_is_left_in_a_notebook_or_its_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, widgets: bool
) -> None:
    if widgets:
        pytest.importorskip("ipywidgets")
    hide = "" if widgets else "import sys\nsys.modules['ipywidgets'] = None\n"
    codes = [hide + SETUP, *(f"fetch({error})" for error in ERRORS)]
    done = executed(tmp_path, monkeypatch, *codes)
    for cell, error in zip(done.cells[1:], ERRORS):
        assert_no_bar_is_left(cell, ends=bool(error))
    assert "widgets" not in done.metadata
    if browser.CHROMIUM is None:
        return
    exporter = pytest.importorskip("nbconvert").HTMLExporter()
    source, _ = exporter.from_notebook_node(done)
    shown = browser.dom(tmp_path, source, "light")
    assert shown.count("before") >= 3
    for trace in ("it/s]", "metric/s]", "%|", "progress-bar", "Error displaying widget"):
        assert trace not in shown.split("<body", 1)[1], trace


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal here")
def test_no_bar_of_a_query_is_left_in_a_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ipywidgets")
    queries = ("query('SELECT 1')", "query(\"SELECT error('no')\")", f"interrupted({ENDLESS!r})")
    done = executed(tmp_path, monkeypatch, QUERIES, *queries)
    for cell, error in zip(done.cells[1:], (None, "InvalidInputException", "KeyboardInterrupt")):
        assert_no_bar_is_left(cell, ends=error is not None)
        assert [o.ename for o in cell.outputs if o.output_type == "error"] == [error][: bool(error)]
    assert "widgets" not in done.metadata
