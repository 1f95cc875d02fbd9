from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.link import Link
from launchdarkly_api.model_utils import KW_ONLY, Model, field


class ExperimentCollectionRep(Model):
    """One page of a list of experiments."""

    __slots__ = ()

    _: KW_ONLY
    items: list[Experiment] | None = None
    """The experiments of this page."""
    total_count: int | None = field("total_count", default=None)
    """The number of matching experiments on all pages. Example: ``42``."""
    links: dict[str, Link] | None = field("_links", default=None)
    """Links to this page and to others: ``first``, ``prev``, ``next`` and ``last``, if they exist.

    Example: ``{"next": {"href": "/api/v2/projects/demo/environments/test/experiments"}}``.
    """
