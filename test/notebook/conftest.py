"""Pictures are drawn without a screen, and every test must close what it opens."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt

mpl.use("Agg")


@pytest.fixture(autouse=True)
def settings_stay_as_they_are() -> Iterator[None]:
    """No picture changes matplotlib's settings or leaves a figure that the test did not ask for."""
    before, backend = dict(mpl.rcParams), mpl.get_backend()
    yield
    plt.close("all")
    assert dict(mpl.rcParams) == before
    assert mpl.get_backend() == backend
