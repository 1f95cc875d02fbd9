"""The display of models: text of numbers and times, and HTML. It depends on models only."""

from __future__ import annotations

# Its import fails if launchdarkly-api has overwritten files of this package.
from launchdarkly_api import _support as _support
