from launchdarkly_api.model.randomization_unit_input import RandomizationUnitInput
from launchdarkly_api.model_utils import Model


class ExperimentationSettingsPut(Model):
    """New experimentation settings of a project, which replace the present ones."""

    __slots__ = ()

    randomization_units: list[RandomizationUnitInput]
    """All randomization units of the project, one of which is the default."""
