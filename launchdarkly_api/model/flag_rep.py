from typing import Any

from launchdarkly_api.model.link import Link
from launchdarkly_api.model_utils import KW_ONLY, Model, field


class FlagRep(Model):
    """The flag and its rule on which an iteration runs."""

    __slots__ = ()

    links: dict[str, Link] = field("_links")
    """Links to related resources, by relation: ``self``, ``parent`` and others.

    Example: ``{"self": {"href": "/api/v2/projects/demo", "type": "application/json"}}``.
    """
    _: KW_ONLY
    targeting_rule: str | None = None
    """The id of the targeting rule, or ``fallthrough``. Example: ``"fallthrough"``."""
    targeting_rule_description: str | None = None
    """The description of the rule. Example: ``"Customers who beta test"``."""
    targeting_rule_clauses: list[Any] | None = None
    """The clauses of the rule, in the service's own format.

    Example: ``[{"attribute": "country", "op": "in", "values": ["NZ"]}]``.
    """
    flag_config_version: int | None = None
    """The version of the flag's configuration when the iteration was created. Example: ``12``."""
    not_in_experiment_variation_id: str | None = None
    """The id of the variation for traffic that is not part of the experiment. Since 2024.

    Example: ``"0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e01"``.
    """
