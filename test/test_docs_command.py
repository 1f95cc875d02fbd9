"""``python -m launchdarkly_api.docs`` lists, prints and serves the documentation."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from launchdarkly_api import docs
from launchdarkly_api.docs.__main__ import main
from launchdarkly_api.docs.serving import serve

ROOT = Path(__file__).parents[1]


@pytest.fixture
def url() -> Iterator[str]:
    with serve(0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def fetched(url: str) -> tuple[int, str]:
    with urllib3.PoolManager() as manager:
        response = manager.request("GET", url, retries=False)
        return response.status, response.data.decode()


def test_every_guide_and_every_reference_page_is_a_page() -> None:
    guides = {path.stem for path in (ROOT / "docs" / "guides").glob("*.md")}
    reference = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert set(docs.pages()) >= guides | reference | {"CHANGELOG", "SECURITY"}
    assert docs.pages()["README"] == ROOT / "README.md"


def test_a_page_without_a_heading_has_the_title_of_its_file(tmp_path: Path) -> None:
    page = tmp_path / "notes.md"
    page.write_text("Only text.\n")
    assert docs.title(page) == "notes"


def test_the_list_has_the_guides_and_on_demand_the_models(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 0
    usual = capsys.readouterr().out
    assert re.search(r"^errors +Errors$", usual, re.MULTILINE)
    assert "ExperimentsApi" in usual
    assert "IterationRep" not in usual
    assert main(["--all"]) == 0
    assert "IterationRep" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["errors", "Errors", "errors.md"])
def test_a_page_is_printed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name]) == 0
    guide = (ROOT / "docs" / "guides" / "errors.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out == f"{guide}\n"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("resillience", "There is no page 'resillience'. Did you mean 'resilience'?"),
        ("zzz", "There is no page 'zzz'. Without a name"),
        ("../../setup", "There is no page '../../setup'."),
    ],
)
def test_a_page_that_is_not_there_is_named(
    name: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name]) == 1
    shown = capsys.readouterr()
    assert (shown.out, shown.err.startswith(hint)) == ("", True)


def test_without_pages_the_command_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    assert main([]) == 1
    shown = capsys.readouterr()
    assert (shown.out, "archive" in shown.err) == ("", True)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes here")
def test_a_reader_that_has_enough_is_no_error() -> None:
    command = [sys.executable, "-m", "launchdarkly_api.docs", "testing-with-the-sandbox"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_served_pages_link_to_each_other(url: str) -> None:
    status, index = fetched(f"{url}/")
    assert status == 200
    links = re.findall(r'<li><a href="([^"]+)">', index)
    assert len(links) == len(docs.pages())
    status, guides = fetched(f"{url}/docs/guides/README.md")
    assert (status, "<h1>Guides</h1>" in guides) == (200, True)
    for link in ["/docs/guides/" + name for name in re.findall(r'href="([\w.-]+\.md)"', guides)]:
        assert link in links
    status, page = fetched(f"{url}/docs/ExperimentsApi.md#get_experiment")
    assert status == 200
    assert "<table>" in page


@pytest.mark.parametrize(
    "path", ["/setup.py", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/docs", "/x%00", "//x"]
)
def test_nothing_but_the_pages_is_served(path: str, url: str) -> None:
    status, shown = fetched(url + path)
    assert (status, "not in the package" in shown) == (404, True)


def test_without_a_renderer_pages_are_served_as_text(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "markdown_it", None)
    _, page = fetched(f"{url}/docs/guides/errors.md")
    assert "<pre># Errors\n" in page
    assert "<script" not in page


def test_a_port_that_is_not_free_is_named(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    port = url.rpartition(":")[2].strip("/")
    assert main(["--serve", "--port", port]) == 1
    assert capsys.readouterr().err.startswith(f"Cannot listen on port {port}: Address already")


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_cannot_exist_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--serve", f"--port={port}"])
    message = capsys.readouterr().err
    assert (caught.value.code, "is not a number from 0 to 65535" in message) == (2, True)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal here")
def test_the_command_serves_until_it_is_interrupted() -> None:
    command = [sys.executable, "-m", "launchdarkly_api.docs", "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[0]
        assert fetched(url)[0] == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 0
