"""Helpers that import nothing of the rest of the package.

Importing them checks that launchdarkly-api, which has the same import name, has not overwritten
files of this package. Each part imports them, because any of its other imports may be overwritten.
"""

from __future__ import annotations

from launchdarkly_api._support import distribution as distribution
