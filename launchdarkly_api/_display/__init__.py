"""The display of models: text of numbers and times, and HTML. It depends on models only."""

from __future__ import annotations

# Looks whether the installation is whole, as every other part does.
from launchdarkly_api import _support as _support
