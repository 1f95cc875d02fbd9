"""Which requests may be repeated, and how long to wait before each attempt.

Nothing here sleeps or sends a request, and the time comes from a ``Clock``.
"""

from __future__ import annotations

import operator
import random
from typing import TYPE_CHECKING, Any

from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from launchdarkly_api._support.clock import Clock
from launchdarkly_api._support.printable import shown
from launchdarkly_api._transport.errors import NotSent, is_lasting
from launchdarkly_api._transport.retry_after import retry_after
from launchdarkly_api.exceptions import ApiValueError

if TYPE_CHECKING:
    from typing_extensions import Self
    from urllib3.response import BaseHTTPResponse

    from launchdarkly_api._transport.request import Request
else:
    # Programs ask for annotations at run time too.
    BaseHTTPResponse = Request = Self = Any

#: RFC 9110, 9.2.2: a request with one of these methods has the same effect once or repeated.
IDEMPOTENT = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE"))
#: Statuses that mean that the service did not act on the request.
NOT_ACTED_UPON = frozenset((429,))
#: Statuses after which a later attempt may succeed.
PASSING = frozenset((429, 500, 502, 503, 504))
REPETITIONS = 3


class RetryPolicy(Retry):
    """The default policy: repeats requests that are safe to repeat, and waits as the service asks.

    GET, PUT and DELETE are repeated if the response is lost, incomplete or late, and after the
    statuses 429, 500, 502, 503 and 504. POST and PATCH are repeated only if the service certainly
    did not act: no connection could be made, or the status is 429. Nothing else is repeated, least
    of all after a 409. The wait is the one that ``Retry-After`` asks for; else it lasts until the
    used-up rate limit is reset; else it is random, up to a bound that doubles with each repetition.
    """

    def __init__(
        self,
        total: int | bool | None = REPETITIONS,
        *,
        status_forcelist: Any = PASSING,
        allowed_methods: Any = IDEMPOTENT,
        backoff_factor: float = 0.5,
        backoff_max: float = 10.0,
        raise_on_status: bool = False,
        clock: Clock | None = None,
        **settings: Any,
    ) -> None:
        self.clock: Clock = clock or Clock()
        super().__init__(
            total,
            status_forcelist=status_forcelist,
            allowed_methods=allowed_methods,
            backoff_factor=backoff_factor,
            backoff_max=backoff_max,
            raise_on_status=raise_on_status,
            **settings,
        )

    def new(self, **changes: Any) -> Self:
        return super().new(clock=self.clock, **changes)

    def is_retry(
        self,
        method: str,
        status_code: int,
        has_retry_after: bool = False,  # noqa: ARG002
    ) -> bool:
        if status_code not in (self.status_forcelist or ()):
            return False
        return self.total != 0 and (status_code in NOT_ACTED_UPON or repeats(self, method))

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        return retry_after(response.headers, self.clock.now())

    def get_backoff_time(self) -> float:
        return full_jitter(len(self.history), self.backoff_factor, self.backoff_max)


def policy_from(retries: Any, clock: Clock) -> Retry:
    """Return the policy for a value of ``Configuration.retries``. ``False`` is 0, as in urllib3.

    Raises:
        ApiValueError: The value does not describe a policy.
    """
    if isinstance(retries, Retry):
        return retries
    if retries is None:
        return RetryPolicy(clock=clock)
    try:
        number = operator.index(retries)
    except TypeError:
        number = None
    if number is None or number < 0 or retries is True:
        raise ApiValueError(
            f"Configuration.retries is {shown(retries)}; give a number of repetitions from 0,"
            " a urllib3.Retry, or None for the default"
        )
    return RetryPolicy(number, clock=clock)


def after_error(policy: Retry, request: Request, error: Exception, sent: bool) -> Retry | None:
    """The policy after an attempt without a response; ``None`` if no attempt follows.

    ``sent`` is false if no part of the request was sent.
    """
    if is_lasting(error) or (sent and not repeats(policy, request.method)):
        return None
    return _incremented(policy, request, None, error if sent else NotSent(str(error)))


def after_response(policy: Retry, request: Request, response: BaseHTTPResponse) -> Retry | None:
    """The policy after a response; ``None`` if no attempt follows."""
    asks = "Retry-After" in response.headers
    if not policy.is_retry(request.method, response.status, asks):
        return None
    return _incremented(policy, request, response, None)


def _incremented(
    policy: Retry, request: Request, response: BaseHTTPResponse | None, error: Exception | None
) -> Retry | None:
    try:
        return policy.increment(request.method, request.path, response, error)
    except HTTPError:
        return None


def repeats(policy: Retry, method: str) -> bool:
    """Whether the policy repeats a request of this method that the service may have acted upon."""
    allowed = policy.allowed_methods
    return not allowed or method.upper() in allowed


def wait_before_repeating(
    policy: Retry, response: BaseHTTPResponse | None, limit: float
) -> float | None:
    """Seconds to wait before the next attempt. The policy may be any ``urllib3.Retry``.

    Args:
        policy: The policy after the failure.
        response: The response, if one arrived.
        limit: Seconds that the call may still wait.

    Returns:
        The seconds; ``None`` if the response asks for more than ``limit``, because an earlier
        attempt would be refused again. A backoff of the policy is cut to ``limit``. If ``limit`` is
        0, the remaining attempts follow without a wait: only the policy limits their number.
    """
    if response is not None and policy.respect_retry_after_header:
        try:
            asked = policy.get_retry_after(response)
        except (HTTPError, ValueError, OverflowError):
            # The header is neither a number nor a date.
            asked = None
        if asked is not None:
            return asked if asked <= limit else None
    return min(policy.get_backoff_time(), limit)


def full_jitter(failures: int, factor: float, maximum: float) -> float:
    """A random wait below a bound that doubles with each failure, so that clients spread out."""
    bound = min(maximum, factor * 2.0 ** min(max(failures - 1, 0), 60))
    return random.uniform(0, bound)
