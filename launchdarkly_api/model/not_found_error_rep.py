from launchdarkly_api.model_utils import KW_ONLY, Model


class NotFoundErrorRep(Model):
    """What the service says with a 404: a key in the path names nothing that exists."""

    __slots__ = ()

    _: KW_ONLY
    code: str | None = None
    """The class of error, for programs. Often missing. Example: ``"not_found"``."""
    message: str | None = None
    """What went wrong, for people. Example: ``"Invalid resource identifier"``."""
