"""A local stand-in for LaunchDarkly's Experiments API, for tests.

The sandbox is independent of the client. It has its own list of calls and its own rules for the
bodies of requests, and imports neither the models nor the calls of this package. If the client
sends a wrong path or a wrong field, the sandbox therefore refuses it, instead of making the same
mistake. Tests compare both sides with the contract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from launchdarkly_api._support.distribution import missing

if TYPE_CHECKING:
    from launchdarkly_api.sandbox.http.log import RecordedRequest
    from launchdarkly_api.sandbox.sandbox import Sandbox
    from launchdarkly_api.sandbox.state.traffic import Effect

__all__ = ["Effect", "RecordedRequest", "Sandbox"]

if not TYPE_CHECKING:  # pragma: no branch
    # Hidden from type checkers, which would otherwise accept misspelt names.
    _HOMES = {"Effect": "state.traffic", "RecordedRequest": "http.log", "Sandbox": "sandbox"}
    _NEEDED = {"waitress": "waitress", "werkzeug": "Werkzeug"}

    def __getattr__(name: str) -> Any:
        # Loaded on first use, so that the program can report a missing library in one sentence.
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        try:
            return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        except ModuleNotFoundError as error:
            absent = (error.name or "").partition(".")[0]
            if absent not in _NEEDED:
                raise
            raise ModuleNotFoundError(
                missing("The sandbox", _NEEDED[absent], "sandbox"), name=absent
            ) from None
