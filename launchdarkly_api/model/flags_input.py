from collections.abc import Mapping
from typing import TYPE_CHECKING

from launchdarkly_api.model.flag_input import FlagInput
from launchdarkly_api.model_utils import Model


class FlagsInput(Model):
    """The flags of an iteration: one keyword per flag, whose name is the flag's key.

    If a key is not a Python identifier, pass a mapping:
    ``FlagsInput({"checkout-button": FlagInput("fallthrough", 1)})``.
    """

    __slots__ = ()

    _additional = FlagInput

    if TYPE_CHECKING:

        def __init__(self, /, *args: Mapping[str, FlagInput], **flags: FlagInput) -> None: ...
        def __getattr__(self, name: str) -> FlagInput: ...
        def __setattr__(self, name: str, value: FlagInput) -> None: ...
        def __getitem__(self, name: str) -> FlagInput: ...
