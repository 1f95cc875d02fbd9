"""The demo: the whole life of an experiment, in one command."""

from __future__ import annotations

import subprocess
import sys

import pytest

from launchdarkly_api import demo


def test_the_demo_runs_from_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "launchdarkly_api.demo"],
        capture_output=True,
        text=True,
        timeout=60,
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
        "results",
        "results",
        "results",
        "iterated",
        "stopped",
        "archived",
    ]
    assert "Control (baseline)" in done.stdout


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
