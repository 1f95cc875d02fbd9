"""The shapes of request bodies in the API of 2026. More is optional than in 2023."""

from __future__ import annotations

from typing import get_args

from launchdarkly_api.sandbox.service.bodies import TREATMENT, Fields, ListOf, MapOf, OneOf
from launchdarkly_api.sandbox.service.endpoints import Call
from launchdarkly_api.sandbox.state.records import DataSource, ExperimentKind, Methodology

_METRIC = Fields(
    "MetricInput", {"key": str}, {"isGroup": bool, "primary": bool, "analysisUnit": str}
)
_FLAG = Fields(
    "FlagInput", {"ruleId": str, "flagConfigVersion": int}, {"notInExperimentVariationId": str}
)
_ITERATION = Fields(
    "IterationInput",
    {
        "hypothesis": str,
        "metrics": ListOf(_METRIC),
        "treatments": ListOf(TREATMENT),
        "flags": MapOf(_FLAG),
    },
    {
        "canReshuffleTraffic": bool,
        "primarySingleMetricKey": str,
        "primaryFunnelKey": str,
        "randomizationUnit": str,
        "reallocationFrequencyMillis": int,
        "covariateId": str,
        "attributes": ListOf(str),
    },
)
#: The settings of the analysis of an experiment.
ANALYSIS = Fields(
    "AnalysisConfigInput",
    {},
    {
        "bayesianThreshold": str,
        "significanceThreshold": str,
        "testDirection": str,
        "multipleComparisonCorrectionMethod": OneOf(("bonferroni", "benjamini-hochberg")),
        "multipleComparisonCorrectionScope": OneOf(
            ("variations", "variations-and-metrics", "metrics")
        ),
        "sequentialTestingEnabled": bool,
    },
)
#: An experiment, as the request that creates it describes it.
EXPERIMENT = Fields(
    "ExperimentPost",
    {"name": str, "key": str, "iteration": _ITERATION},
    {
        "description": str,
        "maintainerId": str,
        "holdoutId": str,
        "tags": ListOf(str),
        "methodology": OneOf(get_args(Methodology)),
        "analysisConfig": ANALYSIS,
        "dataSource": OneOf(get_args(DataSource)),
        "type": OneOf(get_args(ExperimentKind)),
    },
)
_UNIT = Fields(
    "RandomizationUnitInput",
    {"randomizationUnit": str},
    {"default": bool, "standardRandomizationUnit": str},
)

#: The body of each call that has one.
SHAPES: dict[Call, Fields] = {
    "create_experiment": EXPERIMENT,
    "create_iteration": _ITERATION,
    "patch_experiment": Fields(
        "ExperimentPatchInput",
        {"instructions": ListOf(Fields("Instruction"))},
        {"comment": str},
    ),
    "put_experimentation_settings": Fields(
        "RandomizationSettingsPut", {"randomizationUnits": ListOf(_UNIT)}
    ),
}
