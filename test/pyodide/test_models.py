"""The tests of the models, run in Pyodide, and so on the newest Python."""

from __future__ import annotations

import pytest

from test.pyodide.environment import PYTHON, Pyodide, run_tests

pytestmark = pytest.mark.slow

MODEL_TESTS = (
    "test/model",
    "test/test_decoder.py",
    "test/test_models_responses.py",
    "test/test_models_building.py",
    "test/test_models_declaration.py",
    "test/test_models_json.py",
    "test/test_models_values.py",
    "test/test_schema.py",
)


def test_the_models_pass_their_tests_in_pyodide(pyodide: Pyodide) -> None:
    came = run_tests(pyodide.run, *MODEL_TESTS)

    for path in MODEL_TESTS:
        outcomes = [outcome for test, outcome in came.items() if test.startswith(path)]
        assert outcomes.count("passed") > 0.9 * len(outcomes) > 0


def test_pyodide_is_the_newest_python_that_is_declared(pyodide: Pyodide) -> None:
    status, printed = pyodide.run(
        "import re; from importlib.metadata import metadata\n"
        "declared = ' '.join(metadata('launchdarkly-experiments').get_all('Classifier'))\n"
        "newest = max(int(minor) for minor in re.findall(r':: 3[.](\\d+)', declared))\n"
        "print(sys.platform, *sys.version_info[:2], newest)\n"
        "0"
    )

    minor = PYTHON.partition(".")[2]
    assert printed == f"emscripten 3 {minor} {minor}\n"
    assert status == 0
