"""A field and a model are added as CONTRIBUTING says, and all that holds for others holds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: The tests that look at every declaration.
CHECKS = (
    "test/model",
    "test/packaging/test_surface.py",
    "test/test_decoder.py",
    "test/test_dropin.py",
    "test/test_generated_docs.py",
    "test/test_lazy.py",
    "test/test_models_answers.py",
    "test/test_models_building.py",
    "test/test_models_values.py",
    "test/test_public_surface.py",
    "test/test_todays_service.py",
)
NEW_MODEL = '''from launchdarkly_api.model_utils import KW_ONLY, Model


class HoldoutRep(Model):
    """A share of the contexts that takes part in no experiment."""

    __slots__ = ()

    key: str
    """The key of the holdout. Example: ``"quarterly"``."""
    _: KW_ONLY
    holdout_amount: str | None = None
    """The share, in percent, as text. Example: ``"5"``."""
'''
NEW_FIELD = '''    holdout: HoldoutRep | None = None
    """The holdout that it belongs to. Example: ``{"key": "quarterly"}``."""
'''


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A working copy of its own."""
    copy = tmp_path / "copy"
    unwanted = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist")
    shutil.copytree(ROOT, copy, ignore=unwanted)
    return copy


def run(copy: Path, *words: str) -> str:
    """What a Python program prints there. It must go well."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *words], cwd=copy, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def recipe_field() -> str:
    """The lines that CONTRIBUTING gives for a field."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.search(r"```text\n(   holdout_id: .*?)   ```", text, re.DOTALL)
    assert found
    return re.sub("^ {3}", "    ", found[1], flags=re.MULTILINE)


@pytest.mark.slow
def test_a_declaration_and_a_regeneration_are_all_it_takes(copy: Path) -> None:
    model = copy / "launchdarkly_api" / "model"
    (model / "holdout_rep.py").write_text(NEW_MODEL, encoding="utf-8")
    experiment = model / "experiment.py"
    text = experiment.read_text(encoding="utf-8").rstrip("\n")
    experiment.write_text(
        "from launchdarkly_api.model.holdout_rep import HoldoutRep\n"
        f"{text}\n{recipe_field()}{NEW_FIELD}",
        encoding="utf-8",
    )
    written = run(copy, "docs/generate.py").splitlines()
    assert {line.removeprefix("wrote ") for line in written} == {
        "docs/Experiment.md",
        "docs/HoldoutRep.md",
        "docs/models.md",
        "launchdarkly_api/models/__init__.py",
    }
    assert run(copy, "docs/generate.py", "--check") == ""
    code = """
from launchdarkly_api.models import Experiment, HoldoutRep
made = Experiment("k", "n", "m", 1, {}, holdout_id="h", holdout=HoldoutRep("quarterly"))
print(made.holdout_id, made.holdout.key, made.holdout.holdout_amount)
"""
    assert run(copy, "-c", code) == "h quarterly None\n"
    run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *CHECKS)
