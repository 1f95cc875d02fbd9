from launchdarkly_api.model_utils import KW_ONLY, Model


class LayerSnapshotRep(Model):
    """The layer of an iteration, when the iteration was stopped. Since 2024.

    The experiments of a layer share its traffic, so that no unit is in two of them.
    """

    __slots__ = ()

    _: KW_ONLY
    key: str | None = None
    """The key of the layer. Example: ``"checkout"``."""
    name: str | None = None
    """The display name. Example: ``"Checkout"``."""
    reservation_percent: int | None = None
    """The share of the layer's traffic for this iteration, in per cent. Example: ``10``."""
    other_reservation_percent: int | None = None
    """The share of the layer's traffic for other experiments in the environment, in per cent.

    Example: ``70``.
    """
