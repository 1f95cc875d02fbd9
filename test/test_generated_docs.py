"""The generated pages are what the code says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from test.contract import ENDPOINTS, MODELS

ROOT = Path(__file__).parents[1]


def generate(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the generator of this tree."""
    return subprocess.run(
        [sys.executable, str(root / "docs" / "generate.py"), *words],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the generator reads and writes."""
    for part in ("launchdarkly_api", "docs"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "README.md", tmp_path)
    return tmp_path


def test_no_generated_page_is_stale() -> None:
    done = generate(ROOT, "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_call_and_every_model_has_its_place() -> None:
    api = (ROOT / "docs" / "ExperimentsBetaApi.md").read_text()
    readme = (ROOT / "README.md").read_text()
    for endpoint in ENDPOINTS:
        assert f"# **{endpoint['name']}**" in api
        assert f"docs/ExperimentsBetaApi.md#{endpoint['name']}" in readme
        for status in (endpoint["success"], *endpoint["errors"]):
            assert f"**{status}** | " in api
    for name, model in MODELS.items():
        page = (ROOT / "docs" / f"{name}.md").read_text()
        assert f"docs/{name}.md" in readme
        for field in model.get("fields", []):
            assert f"**{field['name']}** | " in page
            assert f"`{field['json']}`" in page


def test_stale_page_is_named_and_written_anew(copy: Path) -> None:
    declaration = copy / "launchdarkly_api" / "model" / "link.py"
    declaration.write_text(
        declaration.read_text() + '    rel: str | None = None\n    """What it is."""\n'
    )
    (copy / "docs" / "FlagRep.md").unlink()

    check = generate(copy, "--check")
    assert check.returncode == 1
    assert [line.split()[0] for line in check.stdout.splitlines()] == [
        "docs/FlagRep.md",
        "docs/Link.md",
    ]
    assert generate(copy).returncode == 0
    assert "**rel** | str | `rel` | What it is." in (copy / "docs" / "Link.md").read_text()
    assert (copy / "docs" / "FlagRep.md").read_text() == (ROOT / "docs" / "FlagRep.md").read_text()
    assert generate(copy, "--check").returncode == 0


def test_unknown_word_is_no_silent_success() -> None:
    done = generate(ROOT, "--chekc")
    assert done.returncode == 2
    assert "--check" in done.stdout
