"""The contract between the application and the control interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class ControlRequest:
    """The parts of a request that a verb reads."""

    #: The values of each query parameter.
    query: Mapping[str, list[str]]
    #: The media type in lower case, without parameters; empty if there is none.
    content_type: str
    body: bytes


@dataclass(frozen=True)
class ControlCall:
    """The operation behind a method of a path."""

    #: Whether it needs no access token.
    open: bool
    #: Returns the status and the JSON of the response. None only tells the allowed methods.
    run: Callable[[ControlRequest], tuple[int, Any]] | None
    #: The ``Allow`` header of an OPTIONS request.
    allow: str = ""
    #: Whether a reset drops the request if it began before.
    ends_with_reset: bool = False


class Control(Protocol):
    """The control interface, as the application sees it."""

    def owns(self, path: str) -> bool:
        """Whether a path belongs to the interface, and not to the service."""
        ...

    def find(self, method: str, path: str) -> ControlCall:
        """The call for a method and a path of the interface.

        Raises:
            RefusedError: The call does not exist.
        """
        ...
