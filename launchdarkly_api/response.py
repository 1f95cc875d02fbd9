"""The data of a response, with its status and headers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

# Its import fails if launchdarkly-api has overwritten files of this package.
from launchdarkly_api import _support as _support

if TYPE_CHECKING:
    from typing_extensions import Self
else:
    # ``get_type_hints`` evaluates annotations at run time.
    Self = Any

T = TypeVar("T")


class ApiResponse(tuple[T, int, Mapping[str, str]], Generic[T]):
    """The result of a call, with the status and headers of the response.

    It is a tuple, as in 13.0.0: ``data, status, headers = response``. It is not a ``NamedTuple``,
    because those cannot be generic in Python 3.10.
    """

    __slots__ = ()

    def __new__(cls, data: T, status: int, headers: Mapping[str, str]) -> Self:
        return super().__new__(cls, (data, status, headers))

    def __getnewargs__(self) -> tuple[T, int, Mapping[str, str]]:
        return (self.data, self.status, self.headers)

    @property
    def data(self) -> T:
        """The result of the call."""
        return self[0]

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self[1]

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the response. Names are not case-sensitive."""
        return self[2]

    def __repr__(self) -> str:
        return f"<ApiResponse {self.status} {type(self.data).__name__}>"
