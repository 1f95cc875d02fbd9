from launchdarkly_api.model.link import Link
from launchdarkly_api.model.metric_seen import MetricSeen
from launchdarkly_api.model.treatment_result_rep import TreatmentResultRep
from launchdarkly_api.model_utils import KW_ONLY, Model, field


class ExperimentBayesianResultsRep(Model):
    """The Bayesian results of one metric in the current iteration.

    They do not name the baseline; the treatments of the experiment do.
    """

    __slots__ = ()

    _: KW_ONLY
    links: dict[str, Link] | None = field("_links", default=None)
    """Links to related resources, by relation: ``self``, ``parent`` and others.

    Example: ``{"self": {"href": "/api/v2/projects/demo", "type": "application/json"}}``.
    """
    treatment_results: list[TreatmentResultRep] | None = None
    """The results of each treatment."""
    metric_seen: MetricSeen | None = None
    """Whether and when events for the metric arrived."""
    probability_of_mismatch: float | None = None
    """The probability of a sample-ratio mismatch. If it is near 1, the traffic split looks broken,
    and the results should not be trusted.

    Example: ``0.02``.
    """
