from launchdarkly_api.model_utils import Model


class TreatmentParameterInput(Model):
    """A flag and the variation of it that a treatment serves."""

    __slots__ = ()

    flag_key: str
    """The key of the flag. Example: ``"checkout-button"``."""
    variation_id: str
    """The id of the variation. Example: ``"0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e01"``."""
