"""Reads settings from environment variables."""

from __future__ import annotations

import os
from collections.abc import Sequence


def first_set(variables: Sequence[str]) -> str | None:
    """Return the value of the first of these variables that is set and not blank, or None."""
    return next((v for v in (os.environ.get(n, "").strip() for n in variables) if v), None)
