from launchdarkly_api.model_utils import KW_ONLY, EpochMilliseconds, Model


class CovariateInfoRep(Model):
    """The file of covariates with which an iteration assigns its units. Since 2026."""

    __slots__ = ()

    _: KW_ONLY
    id: str | None = None
    """The id of the file's contents. Example: ``"74a49a2b-4834-4246-917e-5d85231d8c2a"``."""
    file_name: str | None = None
    """The name of the file. Example: ``"covariates.csv"``."""
    created_at: EpochMilliseconds | None = None
    """When the file was uploaded. Epoch milliseconds. Example: ``1654104600000``."""
