"""An answer's data together with its status and headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class ApiResponse(Generic[T]):
    """What a call returned, with the answer's status and headers.

    It unpacks like the tuple that 13.0.0 gave: ``data, status, headers = response``.
    """

    __slots__ = ("data", "headers", "status")

    def __init__(self, data: T, status: int, headers: Mapping[str, str]) -> None:
        self.data: T = data
        self.status: int = status
        self.headers: Mapping[str, str] = headers

    def __iter__(self) -> Iterator[Any]:
        return iter((self.data, self.status, self.headers))

    def __repr__(self) -> str:
        return f"<ApiResponse {self.status} {type(self.data).__name__}>"
