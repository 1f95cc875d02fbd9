"""Settings for the display of models in notebooks, such as ``display.options.link_host``."""

from __future__ import annotations

from launchdarkly_api._display.options import DisplayOptions, options

__all__ = ["DisplayOptions", "options"]
