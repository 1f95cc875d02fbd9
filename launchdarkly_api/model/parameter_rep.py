from launchdarkly_api.model_utils import KW_ONLY, Model


class ParameterRep(Model):
    """A flag and the variation of it that a treatment serves."""

    __slots__ = ()

    _: KW_ONLY
    variation_id: str | None = None
    """The id of the variation. Example: ``"0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e01"``."""
    flag_key: str | None = None
    """The key of the flag. Example: ``"checkout-button"``."""
