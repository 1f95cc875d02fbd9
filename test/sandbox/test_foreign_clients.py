"""Foreign clients: upstream's client for Python, the TypeScript client, and curl."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from launchdarkly_api.sandbox import Sandbox
from test.sandbox.client import SEMANTIC, experiment_post, experiments

FOREIGN = Path(__file__).parent / "foreign"
#: The releases of LaunchDarkly's client for Python that live in the sandbox of 2026.
TODAYS_RELEASES = ("25.0.1", "17.2.0")
#: The least number of steps in the life of an experiment.
MIN_STEPS = 26


def run(*command: object, cwd: Path | None = None, stdin: str | None = None) -> str:
    ended = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        input=stdin,
        cwd=cwd,
        timeout=240,
        check=False,
    )
    if ended.returncode:
        pytest.fail(f"{command[0]} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def needs(program: str) -> str:
    """The path of a program, or a reason to skip the test."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


def python_with(release: str, factory: pytest.TempPathFactory) -> Path:
    """A separate Python with a release of LaunchDarkly's client."""
    folder = factory.mktemp("upstream")
    run(sys.executable, "-m", "venv", folder)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    wanted = f"launchdarkly-api=={release}"
    install = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wanted)
    installed = subprocess.run(install, capture_output=True, text=True, timeout=240, check=False)
    if installed.returncode:
        pytest.skip(f"{wanted} cannot be installed: {installed.stderr[-500:]}")
    return python


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A separate Python with the client of 2023."""
    return python_with("13.0.0", tmp_path_factory)


def held_steps(steps: dict[str, Any]) -> int:
    """The number of steps, if all of them held."""
    assert {name: seen for name, seen in steps.items() if seen is not True} == {}
    return len(steps)


@pytest.mark.parametrize("release", TODAYS_RELEASES)
def test_todays_python_clients_run_a_whole_experiment(
    release: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    python = python_with(release, tmp_path_factory)
    options = ("-I", "-W", "ignore", FOREIGN / "upstream_today.py")
    with Sandbox(api_version="2026") as sandbox:
        seen = json.loads(run(python, *options, sandbox.url, sandbox.access_token))
        assert (seen["version"], seen["of this interpreter"]) == (release, True)
        steps = held_steps(seen["steps"])
        print(f"{release}: {steps} of {steps} steps hold")
        assert steps >= MIN_STEPS
        assert all(release in request.headers["user-agent"] for request in sandbox.requests)


def test_upstream_python_runs_a_whole_experiment(upstream: Path, sandbox: Sandbox) -> None:
    program = FOREIGN / "upstream_python.py"
    # Isolated, so that no path leads to the package that these tests are of.
    options = ("-I", "-W", "ignore")
    seen = json.loads(run(upstream, *options, program, sandbox.url, sandbox.access_token))
    assert seen == {
        "version": "13.0.0",
        "of this interpreter": True,
        "without the beta header": [403, None],
        "settings": ["User", True],
        "created": ["life", "from the upstream client", "not_started"],
        "created twice": [409, "key_exists"],
        "unknown": [404, "not_found"],
        "not semantic": [400, "invalid_request"],
        "started": "running",
        "treatments": [["control", True, "50"], ["treatment", False, "50"]],
        "metrics": ["signup", "revenue", "page-load-ms"],
        "results": {
            metric: [True, True, 1.0, True, True]
            for metric in ("signup", "revenue", "page-load-ms")
        },
        "legacy": [["control", "treatment"], 2, True, 2, True],
        "legacy before all": [0, []],
        "draft": ["not_started", True],
        "unjustified": [400, "invalid_request"],
        "second": [True, "running"],
        "stopped": ["A whole life, lived", "stopped", True, "It sells more"],
        "archived": [True, None, "life"],
        "restored": False,
        "previous": ["stopped"],
        "reset": None,
        "after the reset": 0,
    }
    calls = {request.call for request in sandbox.requests}
    assert len(calls) == 10
    assert all("13.0.0" in request.headers["user-agent"] for request in sandbox.requests)


@pytest.fixture(scope="module")
def typescript(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Node.js, and a folder with the TypeScript client."""
    node, npm = needs("node"), needs("npm")
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "package.json").write_text("{}")
    install = (npm, "install", "--no-audit", "--no-fund", "launchdarkly-api-typescript")
    installed = subprocess.run(
        install, capture_output=True, text=True, cwd=folder, timeout=240, check=False
    )
    if installed.returncode:
        pytest.skip(f"the TypeScript client cannot be installed: {installed.stderr[-500:]}")
    for program in FOREIGN.glob("*.js"):
        shutil.copy(program, folder)
    return node, folder


def test_typescript_runs_a_whole_experiment_of_2026(typescript: tuple[str, Path]) -> None:
    node, folder = typescript
    with Sandbox(api_version="2026") as sandbox:
        said = run(node, "typescript_today.js", sandbox.url, sandbox.access_token, cwd=folder)
    steps = held_steps(json.loads(said))
    print(f"TypeScript: {steps} of {steps} steps hold")
    assert steps >= MIN_STEPS


@pytest.mark.parametrize("unusual_values", [False, True])
def test_typescript_runs_a_whole_experiment(
    typescript: tuple[str, Path], unusual_values: bool
) -> None:
    node, folder = typescript
    with Sandbox(api_version="2023", unusual_values=unusual_values) as sandbox:
        said = run(node, "typescript.js", sandbox.url, sandbox.access_token, cwd=folder)
        assert json.loads(said) == {
            "withoutBeta": [403, None],
            "settings": 1,
            "created": [201, "not_started"],
            "createdTwice": [409, "key_exists"],
            "unknown": [404, "not_found"],
            "started": "running",
            "listed": [1, 2],
            "results": ["number", "number"],
            "draft": [200, "not_started"],
            "second": True,
            "stopped": ["stopped", "number"],
            "previous": ["stopped"],
        }
        unknown = sandbox.requests.of("get_experiment")[0]
        assert (unknown.path, unknown.status) == (f"{experiments()}/un%2Fknown", 404)


def curl(*arguments: str, stdin: str | None = None) -> tuple[int, str]:
    """The status and the body."""
    said = run(
        needs("curl"), "--silent", "--show-error", "--max-time", "20",
        "--write-out", "\n%{http_code}", *arguments, stdin=stdin,
    )  # fmt: skip
    body, _, status = said.rpartition("\n")
    return int(status), body


def test_the_curl_commands_of_the_guide_work(sandbox: Sandbox, tmp_path: Path) -> None:
    headers = ["-H", "Authorization: sandbox-token", "-H", "LD-API-Version: beta"]
    body = tmp_path / "experiment.json"
    body.write_text(json.dumps(experiment_post("curled")))
    address = f"{sandbox.url}{experiments()}"

    status, text = curl(*headers, "--json", f"@{body}", address)
    assert (status, json.loads(text)["key"]) == (201, "curled")
    start = '{"instructions": [{"kind": "startIteration"}]}'
    patch = ["-X", "PATCH", "-H", f"Content-Type: {SEMANTIC}", "-d", start]
    status, text = curl(*headers, *patch, f"{address}/curled")
    assert (status, json.loads(text)["currentIteration"]["status"]) == (200, "running")
    status, text = curl(*headers, f"{address}/curled/metrics/signup/results")
    assert (status, len(json.loads(text)["treatmentResults"])) == (200, 2)
    status, text = curl(*headers, "-G", address, "-d", "filter=status:running", "-d", "limit=1")
    assert (status, json.loads(text)["total_count"]) == (200, 1)


def test_curl_can_send_chunks_and_large_bodies(sandbox: Sandbox) -> None:
    headers = ["-H", "Authorization: sandbox-token", "-H", "LD-API-Version: beta", "--compressed"]
    address = f"{sandbox.url}{experiments()}"
    chunked = ["-H", "Transfer-Encoding: chunked", "--data-binary", "@-"]
    status, _ = curl(*headers, *chunked, address, stdin=json.dumps(experiment_post()))
    assert status == 201
    large = json.dumps({**experiment_post("large"), "description": "x" * 900_000})
    status, _ = curl(*headers, "--data-binary", "@-", address, stdin=large)
    assert status == 201
    status, text = curl(*headers, "--data-binary", "@-", address, stdin="x" * 3_000_000)
    assert status == 413
    assert re.search("1048576 bytes", text)


def test_curl_sees_the_headers(sandbox: Sandbox) -> None:
    said = run(needs("curl"), "-sI", f"{sandbox.url}/")
    assert said.startswith("HTTP/1.1 200 OK")
    said = run(needs("curl"), "-s0i", f"{sandbox.url}{experiments()}")
    assert "401 UNAUTHORIZED" in said
    assert "Connection: close" in said
