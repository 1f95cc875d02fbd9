"""The demo: the whole life of an experiment, in one command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from launchdarkly_api import ApiClient, demo
from launchdarkly_api.analysis import EventMetric, results_from_export
from launchdarkly_api.apis import ExperimentsApi
from launchdarkly_api.docs import pages
from launchdarkly_api.sandbox import Sandbox


def test_the_demo_runs_from_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "launchdarkly_api.demo"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    steps = [line.split()[0] for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert steps == [
        "sandbox",
        "settings",
        "created",
        "started",
        "listed",
        "expanded",
        "traffic",
        "results",
        "results",
        "changed",
        "stopped",
        "archived",
        "next",
        "next",
        "next",
    ]
    assert "Control (baseline)" in done.stdout


def test_the_demo_counts_the_traffic_that_the_sandbox_has(tmp_path: Path) -> None:
    with Sandbox(sample_traffic=False) as sandbox, ApiClient(sandbox.configuration()) as client:
        demo.live(ExperimentsApi(client), sandbox)
        files = sandbox.export(tmp_path)
    for metric in ("signup", "revenue"):
        found = results_from_export(
            files["evaluation_events"],
            files["metric_events"],
            "checkout-button",
            EventMetric(metric, numeric=metric == "revenue", missing="zero"),
            experiment_iterations=files["experiment_iterations"],
            experiment_arm_parameters=files["experiment_arm_parameters"],
        )
        assert [demo.counts(metric, name) for name in demo.SIGNUPS] == list(found.arms.values())


def test_every_page_that_the_demo_names_exists() -> None:
    named = [step.rpartition(" ")[2] for step in demo.NEXT if "launchdarkly_api.docs" in step]
    assert named
    assert [page for page in named if page not in pages()] == []


def test_the_demo_without_a_package_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['scipy'] = None\n"
        "from launchdarkly_api import demo; sys.exit(demo.main())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stderr.startswith("The demo failed: ")
    assert "pip install" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demo_reports_a_failure_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "PROJECT", "no-such-project")
    assert demo.main() == 1
    error = capsys.readouterr().err
    assert error.startswith("The demo failed: 404")
    assert "Traceback" not in error


def test_the_demo_without_the_extra_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "launchdarkly_api.sandbox", None)
    assert demo.main() == 1
    assert "launchdarkly_api.sandbox" in capsys.readouterr().err


def test_example_data_needs_no_extra() -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['numpy', 'scipy', 'werkzeug']))\n"
        "from launchdarkly_api.demo import new_experiment, new_iteration\n"
        "print(new_experiment('any').iteration == new_iteration())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("True\n", "")
