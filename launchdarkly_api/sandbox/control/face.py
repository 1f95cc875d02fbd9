"""The parts of a sandbox that its methods use."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from launchdarkly_api.sandbox.http.application import Application
from launchdarkly_api.sandbox.lifecycle import Lifecycle
from launchdarkly_api.sandbox.state.store import State


class Face:
    """The base of the classes whose methods make up ``Sandbox``."""

    _life: Lifecycle
    _state: State
    _application: Application

    @contextmanager
    def _changing(self) -> Generator[None, None, None]:
        """Make the block one change. Its times are those of the clock of the sandbox."""
        with self._state.lock, self._state.clock.applied():
            self._life.check_usable()
            yield
