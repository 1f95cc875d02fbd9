"""The examples of the guides run, and the tests that they name exist."""

from __future__ import annotations

import ast
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from launchdarkly_api.sandbox.__main__ import main

HERE = Path(__file__).parent
GUIDES = HERE.parents[1] / "docs" / "guides"
PYTHON = "testing-with-the-sandbox.md"
ANY_LANGUAGE = "sandbox-from-any-language.md"
BEHAVIOUR = "sandbox-behaviour.md"


def guide(name: str) -> str:
    return (GUIDES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        (
            PYTHON,
            [
                "treatment: 0.1",
                "probability of a mismatch: 1.000",
                "['get_experiments: 503', 'get_experiments: 200']",
            ],
        ),
        (ANY_LANGUAGE, ["['demo']"]),
        (BEHAVIOUR, ["frequentist ['checkout']"]),
    ],
)
def test_the_python_blocks_of_the_guides_run(
    name: str, printed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, Any] = {"__name__": "guide"}
    for number, block in enumerate(re.findall(r"```python\n(.*?)```", guide(name), re.DOTALL)):
        exec(compile(block, f"<block {number}>", "exec"), names)
    said = capsys.readouterr().out
    assert [text for text in printed if text not in said] == []


def test_each_rule_names_an_existing_test() -> None:
    named = re.findall(r"`(test_\w+\.py)::(\w+)`", guide(BEHAVIOUR))
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
    text = guide(ANY_LANGUAGE)
    table = text[text.index("| option | |") : text.index("Then, with curl")]
    assert set(re.findall(r"\| `(--[a-z-]+)", table)) == options
