"""The examples of the document that this project began with run word for word.

The document is LaunchDarkly's own and is not kept here. ``LAUNCHDARKLY_API_SEED`` is its path;
without it, pytest does not collect this file.
"""

from __future__ import annotations

import io
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from launchdarkly_api import models
from launchdarkly_api.sandbox import Sandbox

if "LAUNCHDARKLY_API_SEED" not in os.environ:
    pytest.skip("LAUNCHDARKLY_API_SEED must name the document", allow_module_level=True)
DOCUMENT = Path(os.environ["LAUNCHDARKLY_API_SEED"])
BLOCKS = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
EXAMPLE_HOST = "https://app.launchdarkly.com"
# What the examples print when the token is refused. The number alone may stand in a time as well.
REFUSED = re.compile(r"^Exception when calling ExperimentsBetaApi->\w+: 401 ", re.MULTILINE)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for all examples."""
    with Sandbox(api_version="2023") as sandbox:
        yield sandbox


def test_the_old_document_has_an_example_of_every_call() -> None:
    assert len(BLOCKS) == 10


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_each_example_of_the_old_document_runs(number: int, sandbox: Sandbox) -> None:
    code = BLOCKS[number].replace(EXAMPLE_HOST, sandbox.url)
    names: dict[str, Any] = {name: getattr(models, name) for name in models.__all__}
    printed = io.StringIO()
    with redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        exec(code, names)
    # The sandbox does not know the examples' token, and they print the errors that they catch.
    assert REFUSED.search(printed.getvalue())
    assert sandbox.requests


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_each_example_of_the_old_document_runs_with_a_token(number: int, sandbox: Sandbox) -> None:
    code = BLOCKS[number].replace(EXAMPLE_HOST, sandbox.url)
    code = code.replace("YOUR_API_KEY", sandbox.access_token)
    code = re.sub(r'"(projectKey|environmentKey)_example"', _known, code)
    names: dict[str, Any] = {name: getattr(models, name) for name in models.__all__}
    printed = io.StringIO()
    with redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        exec(code, names)
    assert not REFUSED.search(printed.getvalue())


def _known(found: re.Match[str]) -> str:
    """A key that the sandbox knows."""
    return {"projectKey": '"demo"', "environmentKey": '"test"'}[found[1]]
