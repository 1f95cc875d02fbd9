from launchdarkly_api.model_utils import KW_ONLY, Model


class ForbiddenErrorRep(Model):
    """What the service says with a 403.

    The access token does not allow the call, or the beta header is missing.
    """

    __slots__ = ()

    _: KW_ONLY
    code: str | None = None
    """The class of error, for programs. Often missing. Example: ``"forbidden"``."""
    message: str | None = None
    """What went wrong, for people.

    Example: ``"Forbidden. Access to the requested resource was denied."``.
    """
