from launchdarkly_api.model.link import Link
from launchdarkly_api.model.randomization_unit_rep import RandomizationUnitRep
from launchdarkly_api.model_utils import KW_ONLY, EpochMilliseconds, Model, field


class ExperimentationSettingsRep(Model):
    """The experimentation settings of a project."""

    __slots__ = ()

    _: KW_ONLY
    project_id: str | None = field("_projectId", default=None)
    """The id of the project. Example: ``"12ab3c45de678910fab12345"``."""
    project_key: str | None = field("_projectKey", default=None)
    """The key of the project. Example: ``"demo"``."""
    randomization_units: list[RandomizationUnitRep] | None = None
    """The randomization units that experiments in this project may use."""
    creation_date: EpochMilliseconds | None = field("_creationDate", default=None)
    """When the settings were created. Epoch milliseconds. Example: ``1654104600000``."""
    links: dict[str, Link] | None = field("_links", default=None)
    """Links to related resources, by relation: ``self``, ``parent`` and others.

    Example: ``{"self": {"href": "/api/v2/projects/demo", "type": "application/json"}}``.
    """
