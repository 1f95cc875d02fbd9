"""How models are shown in notebooks: ``display.options.link_host = "https://..."``."""

from __future__ import annotations

from launchdarkly_api._display.options import DisplayOptions, options

__all__ = ["DisplayOptions", "options"]
