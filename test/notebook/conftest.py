"""Draws pictures without a screen, and checks that tests leave no figure open."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt

mpl.use("Agg")


@pytest.fixture(autouse=True)
def settings_stay_as_they_are() -> Iterator[None]:
    """Check that no picture changes matplotlib's settings or leaves an unexpected figure."""
    before, backend = dict(mpl.rcParams), mpl.get_backend()
    yield
    plt.close("all")
    assert dict(mpl.rcParams) == before
    assert mpl.get_backend() == backend
