"""Runs the tests of some files on broken code: ``python -m test.mutation [file ...]``.

Each file is changed in one place at a time, in a copy of the repository, and the tests that hold it
are run. A change that no test notices is a survivor, and is printed: either a test is missing, or
the change makes no difference that a program could see. The exit code is the number of survivors,
at most 100.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from test.mutation.report import Report, read

ROOT = Path(__file__).parents[2]

MODELS = (
    "test/test_models_declaration.py",
    "test/test_models_values.py",
    "test/test_models_json.py",
    "test/test_models_subclasses.py",
    "test/test_models_building.py",
    "test/test_decoder.py",
    "test/test_todays_models.py",
    "test/test_instructions.py",
    "test/resilience/test_pickle.py",
    "test/model",
    "test/test_models_responses.py",
)

#: The files, and the tests that hold each, the quickest first.
TESTS = {
    "launchdarkly_api/retry.py": ("test/resilience/test_retry_policy.py",),
    "launchdarkly_api/exceptions.py": (
        "test/test_exceptions.py",
        "test/test_api_client.py",
        "test/resilience/test_pickle.py",
    ),
    "launchdarkly_api/_modelling/array_model.py": MODELS,
    "launchdarkly_api/_modelling/base_model.py": MODELS,
    "launchdarkly_api/_modelling/model.py": MODELS,
    "launchdarkly_api/_transport/retry_after.py": (
        "test/resilience/test_retry_policy.py",
        "test/resilience/test_rate_limits.py",
    ),
}

#: Seconds for the tests of one change, many times what they take.
TIMEOUT = 600

# Loading every installed plugin takes longer than most of the tests do.
ENVIRONMENT = {
    **os.environ,
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTEST_PLUGINS": "xdist,pytest_timeout,pytest_httpserver.pytest_plugin",
}

CONFIGURATION = """
[cosmic-ray]
module-path = "{file}"
timeout = {timeout}
excluded-modules = []
test-command = "{python} -m pytest -q -x -n0 -p no:cacheprovider {tests}"

[cosmic-ray.distributor]
name = "local"

# Annotations are not run.
[cosmic-ray.filters.operators-filter]
exclude-operators = ["core/ReplaceBinaryOperator_BitOr_.*"]
"""


def copy(folder: Path) -> Path:
    """Copy the repository as it is, so that nothing is changed in the working tree."""
    ignored = shutil.ignore_patterns(".git", ".tox", ".*_cache", "__pycache__", "node_modules")
    return Path(shutil.copytree(ROOT, folder / "copy", ignore=ignored))


def run(file: str, where: Path) -> Report:
    """Make every change of a file in the copy, and return which of them no test noticed."""
    configuration = where.parent / "mutation.toml"
    session = where.parent / (file.replace("/", ".") + ".sqlite")
    tests = " ".join(TESTS[file])
    configuration.write_text(
        CONFIGURATION.format(file=file, timeout=TIMEOUT, python=sys.executable, tests=tests)
    )
    for command in (
        ["cosmic-ray", "baseline", str(configuration)],
        ["cosmic-ray", "init", str(configuration), str(session)],
        ["cr-filter-operators", str(session), str(configuration)],
        ["cosmic-ray", "exec", str(configuration), str(session)],
    ):
        subprocess.run(command, cwd=where, env=ENVIRONMENT, check=True)
    return read(session)


def main() -> int:
    parser = argparse.ArgumentParser("python -m test.mutation", description=__doc__)
    parser.add_argument("files", nargs="*", help="files of the table TESTS; all of them by default")
    files = parser.parse_args().files or list(TESTS)
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        where = copy(Path(folder))
        for file in files:
            report = run(file, where)
            print(f"{file}: {report.changes} changes, {len(report.survivors)} survivors")
            for survivor in report.survivors:
                print(survivor)
            survivors += len(report.survivors)
    return min(survivors, 100)


if __name__ == "__main__":
    sys.exit(main())
