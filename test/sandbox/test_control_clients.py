"""The control interface from other languages: curl, TypeScript, Go, and the blocks of the guide."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.control.verbs import PREFIX, VERBS
from test.sandbox.client import Client, experiments
from test.sandbox.test_foreign_clients import FOREIGN, curl, needs, run

GUIDES = [
    Path(__file__).parents[2] / "docs" / "guides" / name
    for name in ("testing-with-the-sandbox.md", "sandbox-from-any-language.md")
]
ALL = sorted(f"{verb.method} {verb.path}" for verb in VERBS)
SEED: dict[str, Any] = {
    "projects": [
        {
            "key": "demo",
            "experiments": [
                {
                    "key": "colour",
                    "iterations": [
                        {
                            "primaryMetric": "signup",
                            "flags": ["checkout-button"],
                            "status": "running",
                        }
                    ],
                }
            ],
        }
    ]
}
#: A request of each verb, and the status and a part of its response.
REQUESTS: list[tuple[str, str, Any, int, str]] = [
    ("GET", "/health", None, 200, '"status":"ok"'),
    ("PUT", "/state", SEED, 204, ""),
    ("GET", "/state", None, 200, '"key":"colour"'),
    ("POST", "/projects", {"key": "shop"}, 204, ""),
    ("POST", "/environments", {"key": "live", "projectKey": "shop"}, 204, ""),
    ("POST", "/flags", {"key": "theme", "variations": ["ü", 1]}, 200, '"archived":false'),
    ("PATCH", "/flags", {"key": "theme", "on": False}, 200, '"on":false'),
    ("POST", "/metrics", {"key": "buy"}, 204, ""),
    ("POST", "/metric-groups", {"key": "way", "metrics": ["buy"]}, 204, ""),
    ("POST", "/context-kinds", {"key": "device"}, 204, ""),
    ("POST", "/members", {"email": "ana@example.com"}, 200, '"email":"ana@example.com"'),
    ("POST", "/traffic", {"experimentKey": "colour", "treatment": "control", "units": ["ada"]},
     200, '["ada"]'),
    ("POST", "/traffic/simulation", {"experimentKey": "colour", "units": 10}, 204, ""),
    ("POST", "/faults", {"status": 503}, 204, ""),
    ("PUT", "/faults/rate", {"probability": 0.5}, 204, ""),
    ("DELETE", "/faults", None, 204, ""),
    ("PUT", "/latency", {"seconds": 0.001}, 204, ""),
    ("PUT", "/rate-limit", {"limit": 100}, 204, ""),
    ("PUT", "/clock", {"at": 5}, 200, '"now":5'),
    ("POST", "/clock/advance", {"seconds": 1}, 200, '"now":1005'),
    ("GET", "/clock", None, 200, '"now":1005'),
    ("PUT", "/api-version", {"apiVersion": "2026"}, 204, ""),
    ("GET", "/requests", None, 200, '"total":0'),
    ("DELETE", "/requests", None, 204, ""),
    ("POST", "/reset", {}, 204, ""),
]  # fmt: skip


def test_each_verb_works_from_curl(sandbox: Sandbox) -> None:
    assert sorted(f"{method} {path}" for method, path, *_ in REQUESTS) == ALL
    for method, path, body, status, part in REQUESTS:
        sent = [] if body is None else ["--json", json.dumps(body)]
        seen, text = curl("-X", method, *sent, f"{sandbox.url}{PREFIX}{path}")
        assert (seen, part in text) == (status, True), f"{method} {path}: {seen} {text}"
    assert list(sandbox._state.projects) == ["demo"]


def test_a_snapshot_that_curl_saved_seeds_a_sandbox(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.restore(SEED)
    file = tmp_path / "seed.json"
    run(needs("curl"), "-sf", "-o", file, f"{sandbox.url}{PREFIX}/state")
    with Sandbox(seed=file) as other:
        assert other.snapshot() == sandbox.snapshot()
    status, _ = curl("-X", "PUT", "--json", f"@{file}", f"{sandbox.url}{PREFIX}/state")
    assert status == 204


@pytest.fixture(scope="module")
def compiler(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the compiler of TypeScript."""
    needs("node")
    folder = tmp_path_factory.mktemp("compiler")
    (folder / "package.json").write_text("{}")
    install = (needs("npm"), "install", "--no-audit", "--no-fund", "typescript@5", "@types/node@20")
    installed = subprocess.run(
        install, capture_output=True, text=True, cwd=folder, timeout=240, check=False
    )
    if installed.returncode:
        pytest.skip(f"TypeScript cannot be installed: {installed.stderr[-500:]}")
    return folder


def run_typescript(compiler: Path, name: str, *arguments: str) -> str:
    """Compile a program in the compiler's folder, with strict types, and run it."""
    options = (
        "--strict",
        "--skipLibCheck",
        "--target",
        "es2022",
        "--module",
        "commonjs",
        "--types",
        "node",
    )
    tsc = compiler / "node_modules" / "typescript" / "bin" / "tsc"
    run("node", tsc, *options, f"{name}.ts", cwd=compiler)
    return run("node", f"{name}.js", *arguments, cwd=compiler)


def test_each_verb_works_from_typescript(compiler: Path, sandbox: Sandbox) -> None:
    shutil.copy(FOREIGN / "control.ts", compiler)
    said = json.loads(run_typescript(compiler, "control", sandbox.url))
    assert said.pop("seen") == ALL
    assert said == {
        "health": "ok",
        "variations": [1, {"a": True}],
        "off": [True, {"on": False, "version": 2}],
        "member": "string",
        "units": ["ada", "bob"],
        "failed": [503, 200, 502, 429],
        "now": 1_790_000_060_000,
        "requests": 4,
        "restored": ["2026", ["demo", "shop"]],
    }


def block(language: str, containing: str) -> str:
    """The block of the guides in a language that contains a text."""
    guides = "".join(guide.read_text(encoding="utf-8") for guide in GUIDES)
    found = re.findall(rf"```{language}\n(.*?)```", guides, re.DOTALL)
    (text,) = [text for text in found if containing in text]
    return str(text)


@pytest.fixture
def seeded(tmp_path: Path) -> Sandbox:
    """A sandbox with the seed of the guide."""
    file = tmp_path / "seed.yaml"
    file.write_text(block("yaml", "projects:"), encoding="utf-8")
    return Sandbox(seed=file)


def test_the_seed_of_the_guide_is_valid(seeded: Sandbox) -> None:
    with seeded:
        client = Client(seeded.url)
        assert client.get(experiments()).status == 503
        assert client.get(experiments()).json["total_count"] == 1
        client.close()


def test_the_curl_block_of_the_guide_works(seeded: Sandbox, tmp_path: Path) -> None:
    needs("curl")
    with seeded:
        commands = block("shell", "__sandbox/state").replace("http://127.0.0.1:8080", seeded.url)
        said = run("bash", "-e", "-c", commands.replace("curl ", "curl -sS --fail "), cwd=tmp_path)
        assert '"now":1790000000000' in said
        assert json.loads((tmp_path / "seed.json").read_text())["apiVersion"] == "2026"


def test_the_typescript_block_of_the_guide_works(compiler: Path, seeded: Sandbox) -> None:
    with seeded:
        program = block("typescript", "/__sandbox").replace("http://127.0.0.1:8080", seeded.url)
        (compiler / "guide.ts").write_text(program, encoding="utf-8")
        assert run_typescript(compiler, "guide").split() == ["503", "200"]


def test_the_go_block_of_the_guide_works(seeded: Sandbox, tmp_path: Path) -> None:
    with seeded:
        program = block("go", "/__sandbox").replace("http://127.0.0.1:8080", seeded.url)
        (tmp_path / "main.go").write_text(program, encoding="utf-8")
        assert run(needs("go"), "run", tmp_path / "main.go", cwd=tmp_path).split() == ["503", "200"]
