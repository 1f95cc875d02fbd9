"""One module for each API class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launchdarkly_api._support.absent import absent_names

if not TYPE_CHECKING:  # pragma: no branch
    # Hidden from type checkers, which would otherwise accept misspelt names.
    __getattr__ = absent_names(__name__)
