"""The examples of the guide run, and the tests that it names exist."""

from __future__ import annotations

import ast
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from launchdarkly_api.sandbox.__main__ import main

HERE = Path(__file__).parent
GUIDE = (HERE.parents[1] / "docs" / "guides" / "testing-with-the-sandbox.md").read_text()


def test_the_python_blocks_of_the_guide_run(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"__name__": "guide"}
    blocks = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert len(blocks) >= 8
    for number, block in enumerate(blocks):
        exec(compile(block, f"<block {number}>", "exec"), names)
    said = capsys.readouterr().out
    assert "treatment: 0.1" in said
    assert "probability of a mismatch: 1.000" in said
    assert "['get_experiments: 503', 'get_experiments: 200']" in said


def test_each_rule_names_an_existing_test() -> None:
    named = re.findall(r"`(test_\w+\.py)::(\w+)`", GUIDE)
    assert len(named) > 60
    for file, test in named:
        tree = ast.parse((HERE / file).read_text())
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert test in functions, f"{file}::{test}"


def test_the_guide_lists_the_options_of_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(SystemExit):
        main(["--help"])
    assert signal.getsignal(signal.SIGINT) is handler
    options = set(re.findall(r"(--[a-z-]+)", capsys.readouterr().out)) - {"--help"}
    table = GUIDE[GUIDE.index("| option | |") : GUIDE.index("Then, with curl")]
    assert set(re.findall(r"\| `(--[a-z-]+)", table)) == options
