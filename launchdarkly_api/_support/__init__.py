"""Helpers that import nothing of the rest of the package.

Every part of the package imports them, also if another distribution has overwritten the package
itself. So they look whether the installation is whole.
"""

from __future__ import annotations

from launchdarkly_api._support import distribution as distribution
