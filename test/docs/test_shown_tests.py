"""Every test that the documentation shows is collected by pytest, and passes."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from test.docs.conftest import Service
from test.docs.pages import Page, pages
from test.docs.test_examples import reader_of

TEST = re.compile(r"^def (test_\w+)\(", re.MULTILINE)
FILE = re.compile(r"# (\w+\.py)\n")
WITH_TESTS = [page for page in pages() if any(TEST.search(b.text) for b in page.of("python"))]


def files_of(page: Page) -> dict[str, str]:
    """The files that a reader makes of the page: blocks that name their file, or show a test."""
    files: dict[str, str] = {}
    for block in page.of("python"):
        named = FILE.match(block.text)
        if named:
            files[named[1]] = block.text
        elif TEST.search(block.text):
            files[f"test_line_{block.line}.py"] = block.text
    return files


def commands_of(page: Page) -> list[list[str]]:
    """The commands of pytest that the page shows, or pytest alone."""
    lines = (line for block in page.of("console") for line in block.text.splitlines())
    return [shlex.split(line) for line in lines if line.startswith("pytest")] or [["pytest"]]


def passed(page: Page, service: Service, folder: Path) -> set[str]:
    """The tests that pass, with each of the commands in turn, in a fresh folder."""
    files = files_of(page)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    found: set[str] = set()
    for _, *options in commands_of(page):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *options],
            cwd=folder,
            env=reader_of(service),
            capture_output=True,
            encoding="utf-8",
            timeout=240,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        found = set(re.findall(r"::(test_\w+) PASSED", done.stdout))
    return found


@pytest.mark.parametrize("page", WITH_TESTS, ids=lambda page: page.name)
def test_every_test_on_a_page_passes_as_shown(
    page: Page, service: Service, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    shown = {name for block in page.of("python") for name in TEST.findall(block.text)}
    assert passed(page, service, tmp_path) == shown
    record_property("tests", len(shown))


def test_the_guides_show_tests() -> None:
    assert {"README.md", "docs/guides/testing-your-code.md"} <= {page.name for page in WITH_TESTS}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("    assert an_experiment('a')", "NameError"),
        ("    raise ConnectionError", "ConnectionError"),
    ],
)
def test_a_shown_test_that_fails_is_found(
    body: str, reason: str, service: Service, tmp_path: Path
) -> None:
    path = tmp_path / "broken.md"
    path.write_text(f"```python\ndef test_it():\n{body}\n```\n")
    folder = tmp_path / "reader"
    folder.mkdir()
    with pytest.raises(AssertionError, match=reason):
        passed(Page(path, tmp_path), service, folder)
