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
    """How many experiments match, over all pages. Example: ``42``."""
    links: dict[str, Link] | None = field("_links", default=None)
    """Addresses of this page and its neighbours: ``first``, ``prev``, ``next``, ``last`` where they
    apply.

    Example: ``{"next": {"href": "/api/v2/projects/demo/environments/test/experiments"}}``.
    """
