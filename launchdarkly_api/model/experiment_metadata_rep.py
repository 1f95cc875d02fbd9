from typing import Any

from launchdarkly_api.model_utils import KW_ONLY, Model


class ExperimentMetadataRep(Model):
    """One entry of what legacy results say about a variation."""

    __slots__ = ()

    _: KW_ONLY
    key: Any = None
    """A value of any type. Example: ``"control"``."""
