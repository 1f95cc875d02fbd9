"""Every example in the documentation runs as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from test.docs.conftest import Service
from test.docs.pages import DOCS, ROOT, Page, page_at, pages

WITH_CODE = [page for page in pages() if page.of("python")]
#: Calls that the service has deprecated or withdrawn. The sandbox still has them.
NOTICED = (
    *("create_iteration", "get_experiment_results"),
    *("get_legacy_experiment_results", "reset_experiment", "updateName", "updateDescription"),
)
ALLOWED = [word for name in NOTICED for word in ("-W", f"default:{name}:DeprecationWarning")]
SCRIPTS = sorted((DOCS / "examples").glob("*.py"))
#: The keys that a reader replaces, and those of the sandbox.
PLACEHOLDERS = {"YOUR_PROJECT_KEY": "demo", "YOUR_ENVIRONMENT_KEY": "test"}
#: The URL of the sandbox that the guides ask a reader to start.
SHOWN_URL = "http://127.0.0.1:43210"


def script_of(page: Page) -> str:
    """The page's python blocks as one program, each line where it stands on the page.

    So a traceback names the line of the page.
    """
    lines: list[str] = []
    for block in page.of("python"):
        lines += [""] * (block.line - 1 - len(lines))
        lines += block.text.splitlines()
    program = "\n".join([*lines, ""])
    for placeholder, key in PLACEHOLDERS.items():
        program = program.replace(placeholder, key)
    return program


def reader_of(service: Service) -> dict[str, str]:
    """The environment variables of a reader who started this sandbox."""
    environment = {name: value for name, value in os.environ.items() if "LAUNCHDARKLY" not in name}
    return environment | {
        "LAUNCHDARKLY_ACCESS_TOKEN": service.access_token,
        "LAUNCHDARKLY_API_HOST": service.url,
        "MPLBACKEND": "agg",
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
    }


def run(script: Path, service: Service, folder: Path) -> str:
    """The output of a program. It runs by itself, and any warning is an error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *ALLOWED, str(script)],
        cwd=folder,
        env=reader_of(service),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    # An exception in a thread does not end the program.
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr
    return done.stdout.replace(service.url, SHOWN_URL)


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: page.name)
def test_every_python_block_runs(
    page: Page, service: Service, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    script = tmp_path / f"{page.path.stem}.py"
    script.write_text(script_of(page), encoding="utf-8")
    printed = run(script, service, tmp_path)
    # A block of the language "output" shows what the blocks before it print.
    position = 0
    for shown in page.of("output"):
        found = printed.find(shown.text, position)
        assert found >= 0, f"{page.name}:{shown.line}: not printed:\n{shown.text}\n{printed}"
        position = found + len(shown.text)
    record_property("blocks", len(page.of("python")))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_example_script_runs(script: Path, service: Service, tmp_path: Path) -> None:
    assert run(script, service, tmp_path)


def test_one_sandbox_serves_a_reader_of_all_guides(service: Service, tmp_path: Path) -> None:
    contents = page_at(DOCS / "guides" / "README.md")
    in_order = dict.fromkeys(
        (contents.path.parent / link.target).resolve() for link in contents.links
    )
    current = [page for page in WITH_CODE if not page.of_2023]
    for page in [page for path in in_order for page in current if page.path == path]:
        script = tmp_path / f"{page.path.stem}.py"
        script.write_text(script_of(page), encoding="utf-8")
        run(script, service, tmp_path)
    for script in SCRIPTS:
        run(script, service, tmp_path)


def test_a_block_that_fails_is_found_with_its_line(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "broken.md"
    path.write_text("# Broken\n\n```python\na = 1\n```\n\n- and\n\n  ```python\n  a + b\n  ```\n")
    script = tmp_path / "broken.py"
    script.write_text(script_of(Page(path, tmp_path)))
    with pytest.raises(AssertionError, match=r'broken.py", line 10'):
        run(script, service, tmp_path)


def test_every_example_is_typed(tmp_path: Path) -> None:
    for page in WITH_CODE:
        module = re.sub(r"\W", "_", page.name.removesuffix(".md"))
        (tmp_path / f"{module}.py").write_text(script_of(page), encoding="utf-8")
    # A page is read from top to bottom, and may use a name again. Its tests are no typed code.
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull),
            *("--allow-redefinition", "--allow-untyped-defs", "--allow-untyped-calls"),
            # Some tools of the guide on testing ship no types.
            *("--follow-imports=silent", "--disable-error-code=import-untyped"),
            *("--no-error-summary", str(tmp_path), *map(str, SCRIPTS)),
        ],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stdout) == (0, "")
