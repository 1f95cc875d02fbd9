from launchdarkly_api.model.credible_interval_rep import CredibleIntervalRep
from launchdarkly_api.model.relative_difference_rep import RelativeDifferenceRep
from launchdarkly_api.model_utils import KW_ONLY, Model


class TreatmentResultRep(Model):
    """The results of one treatment for one metric."""

    __slots__ = ()

    _: KW_ONLY
    treatment_id: str | None = None
    """The id of the treatment. Example: ``"122c9f3e-da26-4321-ba68-e0fc02eced58"``."""
    treatment_name: str | None = None
    """The name of the treatment. Example: ``"Larger button"``."""
    mean: float | None = None
    """The mean of the posterior distribution, in the metric's unit, or as a fraction if the metric
    measures conversions.

    Example: ``0.127``.
    """
    credible_interval: CredibleIntervalRep | None = None
    """The interval that contains the mean with a probability of 0.9."""
    p_best: float | None = None
    """The probability that this treatment is the best one. Example: ``0.92``."""
    relative_differences: list[RelativeDifferenceRep] | None = None
    """The relative difference from each other treatment."""
    units: int | None = None
    """The number of units with events. Example: ``1532``."""
