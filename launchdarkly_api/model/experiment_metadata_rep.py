from typing import Any

from launchdarkly_api.model_utils import KW_ONLY, Model


class ExperimentMetadataRep(Model):
    """An entry of the metadata of a variation in legacy results."""

    __slots__ = ()

    _: KW_ONLY
    key: Any = None
    """A value of any type. Example: ``"control"``."""
