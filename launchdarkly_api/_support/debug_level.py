"""The level of the package's logger, which several configurations share."""

from __future__ import annotations

import logging
import weakref


class DebugLevel:
    """Sets the logger's level to DEBUG while ``debug`` is on in any configuration."""

    def __init__(self) -> None:
        self._wanted_by: weakref.WeakSet[object] = weakref.WeakSet()
        self._before: int | None = None

    def wanted(self, configuration: object, on: bool) -> None:
        """Turn the level on or off for one configuration."""
        logger = logging.getLogger("launchdarkly_api")
        if on:
            if self._before is None:
                self._before = logger.level
            self._wanted_by.add(configuration)
            logger.setLevel(logging.DEBUG)
        else:
            self._wanted_by.discard(configuration)
            if self._before is not None and not self._wanted_by:
                logger.setLevel(self._before)
                self._before = None


DEBUG_LEVEL = DebugLevel()
