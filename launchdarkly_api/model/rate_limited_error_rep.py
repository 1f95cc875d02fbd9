from launchdarkly_api.model_utils import KW_ONLY, Model


class RateLimitedErrorRep(Model):
    """The body of a 429 response: too many calls in the current rate limit window."""

    __slots__ = ()

    _: KW_ONLY
    code: str | None = None
    """The kind of error, for programs. Often missing. Example: ``"rate_limited"``."""
    message: str | None = None
    """A description of the error, for people.

    Example: ``"You've exceeded the API rate limit. Try again later."``.
    """
