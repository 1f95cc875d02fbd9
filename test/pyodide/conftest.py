"""Pyodide, prepared once."""

from __future__ import annotations

import pytest

from test.pyodide.environment import Pyodide, missing


@pytest.fixture(scope="session")
def pyodide(tmp_path_factory: pytest.TempPathFactory) -> Pyodide:
    """Pyodide with this library."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    return Pyodide(tmp_path_factory.mktemp("pyodide"))
