"""The responses to refused requests."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

#: The code and the message of each error status, as observed on the live service.
OBSERVED: dict[int, tuple[str | None, str]] = {
    400: ("invalid_request", "Invalid request"),
    401: ("unauthorized", "Invalid access token"),
    403: ("forbidden", "Access to the requested resource was denied"),
    404: ("not_found", "Invalid resource identifier"),
    405: ("method_not_allowed", "Method not allowed"),
    409: ("optimistic_locking_error", "Conflict. Optimistic lock error. Try again later."),
    422: ("patch_failed", "Unprocessable entity. Could not apply patch."),
    429: ("rate_limited", "You've exceeded the API rate limit. Try again later."),
}


class RefusedError(Exception):
    """A refused request, with the status, the code and the message of the response."""

    def __init__(
        self,
        status: int,
        code: str | None,
        message: str,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers: dict[str, str] = headers or {}

    def body(self) -> dict[str, Any]:
        return (
            {"code": self.code, "message": self.message} if self.code else {"message": self.message}
        )


def _phrase(status: int) -> str:
    """The reason phrase of a status. Gateways also send unregistered ones, such as 520."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


def observed(status: int, advice: str = "") -> RefusedError:
    """A refusal with the code and the message of the live service, followed by advice."""
    code, message = OBSERVED.get(status, (None, _phrase(status)))
    return RefusedError(
        status, code, f"{message}{'' if message.endswith('.') else '.'} {advice}".strip()
    )


def invalid(message: str) -> RefusedError:
    """A 400: the request is invalid."""
    return RefusedError(400, "invalid_request", message)


def not_found(message: str) -> RefusedError:
    """A 404: the path names something that does not exist."""
    return observed(404, message)


def not_allowed(method: str, allow: str, advice: str = "") -> RefusedError:
    """A 405: the path has other methods, which ``allow`` lists."""
    refused = observed(405, f"{method:.80} is not allowed here. Allowed: {allow}. {advice}".strip())
    refused.headers["Allow"] = allow
    return refused


def defect() -> RefusedError:
    """A 500: the sandbox itself failed."""
    return RefusedError(500, "internal_service_error", "The sandbox has a bug; see its log.")


def key_exists(message: str) -> RefusedError:
    """A 409: the key is taken."""
    return RefusedError(409, "key_exists", message)
