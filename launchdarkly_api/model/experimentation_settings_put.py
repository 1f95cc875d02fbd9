from launchdarkly_api.model.randomization_unit_input import RandomizationUnitInput
from launchdarkly_api.model_utils import Model


class ExperimentationSettingsPut(Model):
    """New experimentation settings of a project. They replace what was there."""

    __slots__ = ()

    randomization_units: list[RandomizationUnitInput]
    """All randomization units of the project. One of them is the default."""
