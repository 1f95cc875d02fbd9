from launchdarkly_api.model_utils import KW_ONLY, Model


class ForbiddenErrorRep(Model):
    """The body of a 403 response.

    The access token does not allow the call, or the beta header is missing.
    """

    __slots__ = ()

    _: KW_ONLY
    code: str | None = None
    """The kind of error, for programs. Often missing. Example: ``"forbidden"``."""
    message: str | None = None
    """A description of the error, for people.

    Example: ``"Forbidden. Access to the requested resource was denied."``.
    """
