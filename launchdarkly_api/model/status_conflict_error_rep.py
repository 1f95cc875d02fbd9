from launchdarkly_api.model_utils import KW_ONLY, Model


class StatusConflictErrorRep(Model):
    """The body of a 409 response: the experiment is in another state than the request expects."""

    __slots__ = ()

    _: KW_ONLY
    code: str | None = None
    """The kind of error, for programs. Example: ``"optimistic_locking_error"``."""
    message: str | None = None
    """A description of the error, for people.

    Example: ``"Conflict. Optimistic lock error. Try again later."``.
    """
