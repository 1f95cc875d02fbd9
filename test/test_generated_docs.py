"""The generated pages are what the code says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from launchdarkly_api._call.endpoint import Endpoint
from launchdarkly_api.api import experiments_beta_api
from launchdarkly_api.api_client import CallOptions
from launchdarkly_api.apis import ExperimentsApi
from test.contract import ENDPOINTS, MODELS

ROOT = Path(__file__).parents[1]
APIS = ("ExperimentsApi", "ExperimentsBetaApi")


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
    """A copy of the files that the generator reads and writes."""
    for part in ("launchdarkly_api", "docs"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "README.md", tmp_path)
    return tmp_path


def test_no_generated_page_is_stale() -> None:
    done = generate(ROOT, "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_call_and_every_model_has_its_place() -> None:
    pages = {name: (ROOT / "docs" / f"{name}.md").read_text() for name in APIS}
    readme = (ROOT / "README.md").read_text()
    index = (ROOT / "docs" / "models.md").read_text()
    assert "(docs/models.md)" in readme
    for endpoint in ENDPOINTS:
        name = endpoint["name"]
        (page,) = (page for page, text in pages.items() if f"# **{name}**" in text)
        assert f"docs/{page}.md#{name}" in readme
        assert f"]({page}.md#{name})" in pages["ExperimentsBetaApi"]
        assert (f"]({page}.md#{name})" in pages["ExperimentsApi"]) == hasattr(ExperimentsApi, name)
        for status in (endpoint["success"], *endpoint["errors"]):
            assert f"**{status}** | " in pages[page]
    for name, model in MODELS.items():
        page = (ROOT / "docs" / f"{name}.md").read_text()
        assert f"[{name}]({name}.md) | " in index
        for field in model.get("fields", []):
            assert f"**{field['name']}** | " in page
            assert f"`{field['json']}`" in page


def cells(page: str) -> Iterator[dict[str, str]]:
    """The rows of the tables on a page, by the names of their columns."""
    columns: list[str] = []
    for line in re.sub(r"```.*?```", "", page, flags=re.DOTALL).splitlines():
        row = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)]
        if row[0] in ("Name", "Method", "Status"):
            columns = row
        elif len(row) > 1 and row[0] != "---":
            yield dict(zip(columns, row, strict=True))


def test_no_cell_of_a_table_is_empty() -> None:
    rows = 0
    for path in (ROOT / "docs").glob("*.md"):
        for row in cells(path.read_text(encoding="utf-8")):
            rows += 1
            assert [name for name, cell in row.items() if not cell] in ([], ["Notes"]), (path, row)
    assert rows > 250


def test_options_are_told_once_and_linked_from_every_call() -> None:
    declared = [v.name for v in vars(experiments_beta_api).values() if isinstance(v, Endpoint)]
    assert {*declared} >= {endpoint["name"] for endpoint in ENDPOINTS}
    explained: list[str] = []
    for name in APIS:
        page = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
        head, *calls = re.split(r"^# \*\*", page, flags=re.MULTILINE)
        assert [row["Name"] for row in cells(head) if "Name" in row] == [
            f"**{name}**" for name in CallOptions.__annotations__
        ]
        explained += [call.partition("**")[0] for call in calls]
        for call in calls:
            assert "(#options-of-every-call)" in call
            assert "CallOptions" not in call
    assert explained == declared


def test_every_name_of_a_type_is_known_or_led_to() -> None:
    known = {"Any", "Literal", "Mapping", "Sequence"}
    for path in (ROOT / "docs").glob("*.md"):
        for row in cells(path.read_text(encoding="utf-8")):
            unlinked = re.sub(r'\[\w+\]\([^)]*\)|"\w+"', "", row.get("Type", ""))
            assert set(re.findall(r"[A-Z]\w+", unlinked)) - {"None"} <= known, (path, row)


def test_statuses_beside_the_contract_are_told_of_the_calls_that_have_them() -> None:
    pages = "".join((ROOT / "docs" / f"{api}.md").read_text(encoding="utf-8") for api in APIS)
    told = {
        call.partition("**")[0]: [int(status) for status in re.findall(r"\*\*(4\d\d)\*\*", call)]
        for call in re.split(r"^# \*\*", pages, flags=re.MULTILINE)[1:]
    }
    beyond = {e["name"]: sorted({*told[e["name"]]} - {*e["errors"]}) for e in ENDPOINTS}
    assert {name: statuses for name, statuses in beyond.items() if statuses} == {
        "create_experiment": [409],
        "create_iteration": [409],
        "patch_experiment": [409, 422],
    }


def test_the_list_of_calls_says_what_is_deprecated_and_withdrawn() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    marked = {
        name: re.findall(r"\((deprecated|withdrawn)", line)
        for line in readme.splitlines()
        for name in re.findall(r"^\[\*\*(\w+)\*\*\]", line)
    }
    assert {name: marks for name, marks in marked.items() if marks} == {
        "create_iteration": ["deprecated"],
        "get_experiment_results": ["withdrawn"],
        "get_legacy_experiment_results": ["deprecated", "withdrawn"],
        "reset_experiment": ["withdrawn"],
    }


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
