"""All models in one place, each loaded on first use.

The list of them is written by ``docs/generate.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from launchdarkly_api.model.access import Access
    from launchdarkly_api.model.access_allowed_reason import AccessAllowedReason
    from launchdarkly_api.model.access_allowed_rep import AccessAllowedRep
    from launchdarkly_api.model.access_denied import AccessDenied
    from launchdarkly_api.model.access_denied_reason import AccessDeniedReason
    from launchdarkly_api.model.analysis_config_input import AnalysisConfigInput
    from launchdarkly_api.model.analysis_config_rep import AnalysisConfigRep
    from launchdarkly_api.model.confidence_interval_rep import ConfidenceIntervalRep
    from launchdarkly_api.model.covariate_info_rep import CovariateInfoRep
    from launchdarkly_api.model.credible_interval_rep import CredibleIntervalRep
    from launchdarkly_api.model.dependent_metric_group_rep_with_metrics import (
        DependentMetricGroupRepWithMetrics,
    )
    from launchdarkly_api.model.dependent_metric_or_metric_group_rep import (
        DependentMetricOrMetricGroupRep,
    )
    from launchdarkly_api.model.experiment import Experiment
    from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
    from launchdarkly_api.model.experiment_collection_rep import ExperimentCollectionRep
    from launchdarkly_api.model.experiment_metadata_rep import ExperimentMetadataRep
    from launchdarkly_api.model.experiment_patch_input import ExperimentPatchInput
    from launchdarkly_api.model.experiment_post import ExperimentPost
    from launchdarkly_api.model.experiment_results import ExperimentResults
    from launchdarkly_api.model.experiment_stats_rep import ExperimentStatsRep
    from launchdarkly_api.model.experiment_time_series_slice import ExperimentTimeSeriesSlice
    from launchdarkly_api.model.experiment_time_series_variation_slice import (
        ExperimentTimeSeriesVariationSlice,
    )
    from launchdarkly_api.model.experiment_time_series_variation_slices import (
        ExperimentTimeSeriesVariationSlices,
    )
    from launchdarkly_api.model.experiment_totals_rep import ExperimentTotalsRep
    from launchdarkly_api.model.experimentation_settings_put import ExperimentationSettingsPut
    from launchdarkly_api.model.experimentation_settings_rep import ExperimentationSettingsRep
    from launchdarkly_api.model.flag_input import FlagInput
    from launchdarkly_api.model.flag_rep import FlagRep
    from launchdarkly_api.model.flags_input import FlagsInput
    from launchdarkly_api.model.forbidden_error_rep import ForbiddenErrorRep
    from launchdarkly_api.model.instruction import Instruction
    from launchdarkly_api.model.instructions import Instructions
    from launchdarkly_api.model.invalid_request_error_rep import InvalidRequestErrorRep
    from launchdarkly_api.model.iteration_input import IterationInput
    from launchdarkly_api.model.iteration_rep import IterationRep
    from launchdarkly_api.model.layer_snapshot_rep import LayerSnapshotRep
    from launchdarkly_api.model.link import Link
    from launchdarkly_api.model.method_not_allowed_error_rep import MethodNotAllowedErrorRep
    from launchdarkly_api.model.metric_in_group_rep import MetricInGroupRep
    from launchdarkly_api.model.metric_input import MetricInput
    from launchdarkly_api.model.metric_seen import MetricSeen
    from launchdarkly_api.model.metric_v2_rep import MetricV2Rep
    from launchdarkly_api.model.metrics_input import MetricsInput
    from launchdarkly_api.model.mutable_fields_by_status_rep import MutableFieldsByStatusRep
    from launchdarkly_api.model.not_found_error_rep import NotFoundErrorRep
    from launchdarkly_api.model.parameter_rep import ParameterRep
    from launchdarkly_api.model.randomization_unit_input import RandomizationUnitInput
    from launchdarkly_api.model.randomization_unit_rep import RandomizationUnitRep
    from launchdarkly_api.model.rate_limited_error_rep import RateLimitedErrorRep
    from launchdarkly_api.model.relative_difference_rep import RelativeDifferenceRep
    from launchdarkly_api.model.status_conflict_error_rep import StatusConflictErrorRep
    from launchdarkly_api.model.treatment_input import TreatmentInput
    from launchdarkly_api.model.treatment_parameter_input import TreatmentParameterInput
    from launchdarkly_api.model.treatment_rep import TreatmentRep
    from launchdarkly_api.model.treatment_result_rep import TreatmentResultRep
    from launchdarkly_api.model.treatments_input import TreatmentsInput
    from launchdarkly_api.model.unauthorized_error_rep import UnauthorizedErrorRep

__all__ = [
    "Access",
    "AccessAllowedReason",
    "AccessAllowedRep",
    "AccessDenied",
    "AccessDeniedReason",
    "AnalysisConfigInput",
    "AnalysisConfigRep",
    "ConfidenceIntervalRep",
    "CovariateInfoRep",
    "CredibleIntervalRep",
    "DependentMetricGroupRepWithMetrics",
    "DependentMetricOrMetricGroupRep",
    "Experiment",
    "ExperimentBayesianResultsRep",
    "ExperimentCollectionRep",
    "ExperimentMetadataRep",
    "ExperimentPatchInput",
    "ExperimentPost",
    "ExperimentResults",
    "ExperimentStatsRep",
    "ExperimentTimeSeriesSlice",
    "ExperimentTimeSeriesVariationSlice",
    "ExperimentTimeSeriesVariationSlices",
    "ExperimentTotalsRep",
    "ExperimentationSettingsPut",
    "ExperimentationSettingsRep",
    "FlagInput",
    "FlagRep",
    "FlagsInput",
    "ForbiddenErrorRep",
    "Instruction",
    "Instructions",
    "InvalidRequestErrorRep",
    "IterationInput",
    "IterationRep",
    "LayerSnapshotRep",
    "Link",
    "MethodNotAllowedErrorRep",
    "MetricInGroupRep",
    "MetricInput",
    "MetricSeen",
    "MetricV2Rep",
    "MetricsInput",
    "MutableFieldsByStatusRep",
    "NotFoundErrorRep",
    "ParameterRep",
    "RandomizationUnitInput",
    "RandomizationUnitRep",
    "RateLimitedErrorRep",
    "RelativeDifferenceRep",
    "StatusConflictErrorRep",
    "TreatmentInput",
    "TreatmentParameterInput",
    "TreatmentRep",
    "TreatmentResultRep",
    "TreatmentsInput",
    "UnauthorizedErrorRep",
]

if TYPE_CHECKING:
    # The names that the service has given to two models since 2023.
    RandomizationSettingsPut = ExperimentationSettingsPut
    RandomizationSettingsRep = ExperimentationSettingsRep
else:
    # A type checker knows the names by the imports above, and so finds what is misspelt.
    from launchdarkly_api._support.lazy import lazy_names, module_name

    _PACKAGE = "launchdarkly_api.model"
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            **{name: f"{_PACKAGE}.{module_name(name)}" for name in __all__},
            "RandomizationSettingsPut": f"{_PACKAGE}.experimentation_settings_put"
            ":ExperimentationSettingsPut",
            "RandomizationSettingsRep": f"{_PACKAGE}.experimentation_settings_rep"
            ":ExperimentationSettingsRep",
        },
    )
