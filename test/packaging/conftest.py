"""The distributions, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from test.packaging.building import Distributions, build, environment


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """The distributions, as a release builds them."""
    return build(tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="session")
def python(built: Distributions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment, in which only the wheel was installed."""
    return environment(tmp_path_factory.mktemp("environment"), built.wheel)
