"""Settings from the environment."""

from __future__ import annotations

import os
from collections.abc import Sequence


def first_set(variables: Sequence[str]) -> str | None:
    """The value of the first of these variables that is set and not blank."""
    return next((v for v in (os.environ.get(n, "").strip() for n in variables) if v), None)
