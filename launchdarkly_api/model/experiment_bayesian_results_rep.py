from launchdarkly_api.model.link import Link
from launchdarkly_api.model.metric_seen import MetricSeen
from launchdarkly_api.model.treatment_result_rep import TreatmentResultRep
from launchdarkly_api.model_utils import KW_ONLY, Model, field


class ExperimentBayesianResultsRep(Model):
    """The Bayesian results of one metric in the current iteration.

    They carry no baseline: the experiment's treatments tell it.
    """

    __slots__ = ()

    _: KW_ONLY
    links: dict[str, Link] | None = field("_links", default=None)
    """Addresses of related resources, by relation: ``self``, ``parent`` and others.

    Example: ``{"self": {"href": "/api/v2/projects/demo", "type": "application/json"}}``.
    """
    treatment_results: list[TreatmentResultRep] | None = None
    """The results, one a treatment."""
    metric_seen: MetricSeen | None = None
    """Whether and when events for the metric arrived."""
    probability_of_mismatch: float | None = None
    """The probability of a sample-ratio mismatch. Near 1, the traffic split looks broken and the
    results should not be trusted.

    Example: ``0.02``.
    """
