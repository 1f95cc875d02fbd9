from launchdarkly_api.model_utils import KW_ONLY, Model


class RateLimitedErrorRep(Model):
    """What the service says with a 429: too many calls in the current window."""

    __slots__ = ()

    _: KW_ONLY
    code: str | None = None
    """The class of error, for programs. Often missing. Example: ``"rate_limited"``."""
    message: str | None = None
    """What went wrong, for people.

    Example: ``"You've exceeded the API rate limit. Try again later."``.
    """
