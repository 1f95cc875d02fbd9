from launchdarkly_api.model_utils import KW_ONLY, Model


class RelativeDifferenceRep(Model):
    """A treatment's relative difference from another one: 90 % bounds, as fractions.

    The service does not send a point estimate.
    """

    __slots__ = ()

    _: KW_ONLY
    upper: float | None = None
    """The upper bound; 0.1 means ten per cent more. Example: ``0.21``."""
    lower: float | None = None
    """The lower bound; -0.1 means ten per cent less. Example: ``-0.03``."""
    from_treatment_id: str | None = None
    """The id of the other treatment.

    Example: ``"122c9f3e-da26-4321-ba68-e0fc02eced58"``.
    """
