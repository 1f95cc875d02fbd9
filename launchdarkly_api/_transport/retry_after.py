"""How long a response asks to wait. The functions are pure: the time is an argument."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from launchdarkly_api._transport.rate_limit import (
    clock_difference,
    epoch_seconds,
    read_limits,
    seconds_until,
)

_SECONDS = re.compile(r"[0-9]+(\.[0-9]*)?")


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that the service asks to wait; ``None`` if its headers do not ask for a valid wait.

    ``Retry-After`` takes precedence: seconds, or a date. Without it, the reset of a spent limit
    counts, unless it is in the past or too far in the future to be plausible.
    """
    asked = parse_retry_after(headers, now)
    if asked is not None:
        return asked
    ahead = clock_difference(headers, now)
    spent = (limit for limit in read_limits(headers) if limit.remaining <= 0)
    waits = (seconds_until(limit.reset, ahead, now) for limit in spent)
    return max((wait for wait in waits if wait is not None), default=None)


def parse_retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds from ``Retry-After`` (RFC 9110, 10.2.3); ``None`` if it is absent or invalid."""
    text = (headers.get("Retry-After") or "").strip()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
        return seconds if math.isfinite(seconds) else None
    date = epoch_seconds(text) if text else None
    return None if date is None else max(0.0, date + clock_difference(headers, now) - now)
