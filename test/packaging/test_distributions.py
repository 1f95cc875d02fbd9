"""The distributions as they are uploaded, and as a user installs them."""

from __future__ import annotations

import email.message
import email.parser
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from packaging.requirements import Requirement
from trove_classifiers import classifiers

from launchdarkly_api import __version__
from launchdarkly_api.sandbox import Sandbox
from test.packaging.building import Distributions, build, run
from test.packaging.surface import PACKAGE, SOURCE

INFO = f"launchdarkly_experiments-{__version__}.dist-info"


@pytest.fixture(scope="module")
def metadata(built: Distributions) -> email.message.Message:
    """The metadata of the wheel."""
    with zipfile.ZipFile(built.wheel) as wheel:
        return email.parser.Parser().parsestr(wheel.read(f"{INFO}/METADATA").decode())


def source_files(*folders: str) -> set[str]:
    """The files of the source, with their paths."""
    return {
        path.relative_to(SOURCE).as_posix()
        for folder in folders
        for path in (SOURCE / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and ".ipynb" not in str(path.parent)
    }


def test_the_wheel_holds_the_package_and_nothing_else(built: Distributions) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        names = set(wheel.namelist())
    package = {name for name in names if not name.startswith(f"{INFO}/")}
    pages = {path for path in package if path.startswith(f"{PACKAGE}/docs/pages/")}
    assert package - pages == source_files(PACKAGE)
    assert {path.removeprefix(f"{PACKAGE}/docs/pages/") for path in pages} == {
        path
        for path in source_files("docs", ".")
        if re.fullmatch(r"(docs/(guides/)?)?[\w.-]+\.md", path)
    }
    assert {f"{PACKAGE}/py.typed", f"{PACKAGE}/__init__.py"} <= package
    assert {name.removeprefix(f"{INFO}/") for name in names - package} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
        "top_level.txt",
    }


def test_the_sdist_holds_what_it_takes_to_test_and_to_build(built: Distributions) -> None:
    with tarfile.open(built.sdist) as sdist:
        names = {member.name.partition("/")[2] for member in sdist if member.isfile()}
    made = {name for name in names if ".egg-info/" in name} | {"PKG-INFO", "setup.cfg"}
    top = {path.name for path in SOURCE.iterdir() if path.is_file() and path.name[0] != "."}
    assert names - made == source_files(PACKAGE, "docs", "test") | top


def test_the_same_source_makes_the_same_files(
    built: Distributions, tmp_path_factory: pytest.TempPathFactory
) -> None:
    again = build(tmp_path_factory.mktemp("another"), mask=0o077)
    assert again.wheel.read_bytes() == built.wheel.read_bytes()
    assert again.sdist.read_bytes() == built.sdist.read_bytes()


def test_the_index_would_take_both(built: Distributions) -> None:
    run(sys.executable, "-m", "twine", "check", "--strict", built.wheel, built.sdist)
    run(sys.executable, "-m", "check_wheel_contents", built.wheel)


def test_the_metadata_says_what_it_is_and_needs(metadata: email.message.Message) -> None:
    assert (metadata["Name"], metadata["Version"]) == ("launchdarkly-experiments", __version__)
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert "Experiments" in metadata["Summary"]
    assert len(metadata.get_all("Project-URL", [])) >= 2
    found = metadata.get_all("Classifier", [])
    assert [name for name in found if name not in classifiers] == []
    assert {f"Programming Language :: Python :: 3.{minor}" for minor in range(10, 14)} <= {*found}
    assert "Typing :: Typed" in found
    assert {"analysis", "sandbox", "notebook", "test"} <= {*metadata.get_all("Provides-Extra", [])}
    needs = [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]
    assert [need.name for need in needs if not need.marker] == ["urllib3", "python-dateutil"]


def test_no_link_of_the_description_is_dead_on_an_index_page(
    metadata: email.message.Message,
) -> None:
    text = str(metadata.get_payload())
    page = MarkdownIt("commonmark").enable("table").parse(text)
    inline = [child for token in page for child in token.children or ()]
    targets = [str(t.attrs.get("href") or t.attrs.get("src")) for t in inline if t.attrs]
    assert [target for target in targets if not target.startswith("https://")] == []
    assert "](docs/" not in text
    assert "```python\n" in text
    assert "[" not in "".join(t.content for t in inline if t.type == "text")


def test_the_documentation_can_be_read_with_the_wheel_alone(python: Path, tmp_path: Path) -> None:
    words = ("-m", "launchdarkly_api.docs")
    assert "resilience" in in_fresh_environment(python, tmp_path, *words)[1]
    status, shown, error = in_fresh_environment(python, tmp_path, *words, "errors")
    guide = (SOURCE / "docs" / "guides" / "errors.md").read_text(encoding="utf-8")
    assert (status, shown.strip(), error) == (0, guide.strip(), "")


def test_the_changelog_tells_of_this_version() -> None:
    text = (SOURCE / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings[0].split()[1] == __version__


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A service to call."""
    with Sandbox() as sandbox:
        yield sandbox


def in_fresh_environment(python: Path, folder: Path, *words: str) -> tuple[int, str, str]:
    """The exit code of a program there, and its output. Any warning is an error."""
    done = subprocess.run(
        [str(python), "-I", "-W", "error", *words], cwd=folder, capture_output=True, text=True
    )
    return done.returncode, done.stdout, done.stderr


def test_it_installs_what_it_needs_and_no_more(python: Path, tmp_path: Path) -> None:
    code = (
        "import importlib.metadata as m; print(*sorted(d.name.lower() for d in m.distributions()))"
    )
    _, printed, _ = in_fresh_environment(python, tmp_path, "-c", code)
    installed = set(printed.split())
    assert installed >= {"launchdarkly-experiments", "python-dateutil", "urllib3"}
    # python-dateutil brings six, or tzdata, by its version.
    assert installed <= {"launchdarkly-experiments", "python-dateutil", "urllib3", "six", "tzdata"}


def test_it_imports_whole_without_extras_and_without_a_warning(
    python: Path, tmp_path: Path
) -> None:
    code = f"""
import importlib, pkgutil, {PACKAGE}
extras = [f"{PACKAGE}.{{part}}" for part in ("analysis", "notebook", "sandbox")]
for module in pkgutil.walk_packages({PACKAGE}.__path__, "{PACKAGE}."):
    if not module.name.startswith(tuple(f"{{extra}}." for extra in extras)):
        loaded = importlib.import_module(module.name)
        for name in getattr(loaded, "__all__", ()):
            if module.name not in extras:
                getattr(loaded, name)
"""
    assert in_fresh_environment(python, tmp_path, "-c", code) == (0, "", "")


def test_it_makes_calls_without_extras(python: Path, tmp_path: Path, sandbox: Sandbox) -> None:
    code = """
import sys
from launchdarkly_api import ApiClient, Configuration
from launchdarkly_api.apis import ExperimentsBetaApi
configuration = Configuration(host=sys.argv[1], api_key={"ApiKey": sys.argv[2]})
with ApiClient(configuration) as client:
    api = ExperimentsBetaApi(client)
    page = api.submit(api.get_experiments, "demo", "test").get()
    print(page.total_count, page.items)
"""
    words = ("-c", code, sandbox.url, sandbox.access_token)
    assert in_fresh_environment(python, tmp_path, *words) == (0, "0 []\n", "")


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("-m", f"{PACKAGE}.sandbox"), "sandbox"),
        (("-m", f"{PACKAGE}.demo"), "sandbox"),
    ],
)
def test_a_program_says_which_extra_it_needs(
    python: Path, tmp_path: Path, words: tuple[str, ...], extra: str
) -> None:
    code, printed, error = in_fresh_environment(python, tmp_path, *words)
    assert (code, printed) == (1, "")
    assert f'pip install "launchdarkly-experiments[{extra}]"' in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("analysis.bayesian_results", "analysis"),
        ("sandbox.Sandbox", "sandbox"),
        ("notebook.results_frame", "notebook"),
    ],
)
def test_a_name_says_which_extra_it_needs(
    python: Path, tmp_path: Path, name: str, extra: str
) -> None:
    module, _, attribute = name.rpartition(".")
    statement = f"from {PACKAGE}.{module} import {attribute}"
    code, _, error = in_fresh_environment(python, tmp_path, "-c", statement)
    assert code == 1
    assert f'pip install "launchdarkly-experiments[{extra}]"' in error.splitlines()[-1]


@pytest.mark.parametrize("extra", ["analysis", "sandbox", "notebook"])
def test_the_command_that_it_names_adds_to_what_is_installed(python: Path, extra: str) -> None:
    need = f"launchdarkly-experiments[{extra}]"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--dry-run", "--no-deps")
    printed = run(*pip, "--no-index", need)
    assert f"Requirement already satisfied: {need}" in printed
    assert "Would install" not in printed


def test_no_guide_installs_another_package_of_this_name() -> None:
    pages = [*SOURCE.glob("*.md"), *(SOURCE / "docs").rglob("*.md"), *SOURCE.rglob("*.ipynb")]
    assert len(pages) > 50
    told = [path for path in pages if re.search("pip install.*launchdarkly-api", path.read_text())]
    assert told == []


def test_the_command_is_there(python: Path) -> None:
    done = subprocess.run(
        [python.with_name("launchdarkly-sandbox"), "--help"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "stand-in for LaunchDarkly" in done.stdout
