"""All calls that the Experiments API ever had: those of today, and three withdrawn ones.

The facts come from the contract of launchdarkly-api 13.0.0 and from LaunchDarkly's API
documentation.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from launchdarkly_api import models
from launchdarkly_api._call.endpoint import Endpoint, Parameter
from launchdarkly_api._support.absent import absent_names

# The names of the calls of today stay importable from this module.
from launchdarkly_api.api.experiments_api import *  # noqa: F403
from launchdarkly_api.api.experiments_api import ExperimentsApi

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from launchdarkly_api.api_client import CallOptions
else:
    # Programs read annotations at run time too. Python 3.10 has no ``Unpack``.
    CallOptions, Unpack = Any, {Any: Any}
    __getattr__ = absent_names(__name__)

Time: TypeAlias = int | str | datetime

_PROJECT = Parameter("project_key", "projectKey")
_ENVIRONMENT = Parameter("environment_key", "environmentKey")
_EXPERIMENT = Parameter("experiment_key", "experimentKey")
_METRIC = Parameter("metric_key", "metricKey")
_FLAG = Parameter("feature_flag_key", "featureFlagKey")

GET_EXPERIMENT_RESULTS = Endpoint(
    name="get_experiment_results",
    method="GET",
    path="/api/v2/projects/{projectKey}/environments/{environmentKey}/experiments"
    "/{experimentKey}/metrics/{metricKey}/results",
    path_parameters=(_PROJECT, _ENVIRONMENT, _EXPERIMENT, _METRIC),
    returns="ExperimentBayesianResultsRep",
    errors=(400, 401, 403, 404, 429),
    withdrawn=True,
    instead="launchdarkly_api.analysis, which computes results",
)
GET_LEGACY_EXPERIMENT_RESULTS = Endpoint(
    name="get_legacy_experiment_results",
    method="GET",
    path="/api/v2/flags/{projectKey}/{featureFlagKey}/experiments/{environmentKey}/{metricKey}",
    path_parameters=(_PROJECT, _FLAG, _ENVIRONMENT, _METRIC),
    query_parameters=(
        Parameter("_from", "from", datetime),
        Parameter("to", "to", datetime),
    ),
    returns="ExperimentResults",
    errors=(400, 401, 403, 404, 429),
    deprecated=True,
    withdrawn=True,
    instead="launchdarkly_api.analysis, which computes results",
)
RESET_EXPERIMENT = Endpoint(
    name="reset_experiment",
    method="DELETE",
    path="/api/v2/flags/{projectKey}/{featureFlagKey}/experiments/{environmentKey}/{metricKey}"
    "/results",
    path_parameters=(_PROJECT, _FLAG, _ENVIRONMENT, _METRIC),
    success=204,
    errors=(401, 403, 404, 429),
    withdrawn=True,
    instead="the instruction saveAndStartNewIteration, whose results begin anew",
)


class ExperimentsBetaApi(ExperimentsApi):
    """The calls of ``ExperimentsApi``, and three that the service has withdrawn.

    The withdrawn calls emit a ``DeprecationWarning``. The service responds to them with 404.
    """

    def get_experiment_results(
        self,
        project_key: str,
        environment_key: str,
        experiment_key: str,
        metric_key: str,
        **options: Unpack[CallOptions],
    ) -> models.ExperimentBayesianResultsRep:
        """Get the Bayesian results of one metric in the current iteration.

        They do not name the baseline; ``get_experiment`` with ``expand="treatments"`` does.

        The service withdrew this call in 2025, and the status is 404. ``launchdarkly_api.analysis``
        computes such results.

        Args:
            project_key: The project's key.
            environment_key: The environment's key.
            experiment_key: The experiment's key.
            metric_key: The metric's key.
            **options: The options of every call, see ``CallOptions``.

        Returns:
            The results of each treatment.

        Raises:
            ApiTypeError, ApiValueError: An argument is invalid. Nothing was sent.
            BadRequestException: 400; the service rejected the request, and the message says why.
            UnauthorizedException: 401; the access token is missing or invalid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key does not exist.
            RateLimitedException: 429; too many calls, even after the retries.
            ApiException: Any other status, or no usable response.
        """
        arguments = {
            "project_key": project_key,
            "environment_key": environment_key,
            "experiment_key": experiment_key,
            "metric_key": metric_key,
        }
        result: models.ExperimentBayesianResultsRep = self.api_client.call(
            GET_EXPERIMENT_RESULTS, arguments, options
        )
        return result

    def get_legacy_experiment_results(
        self,
        project_key: str,
        feature_flag_key: str,
        environment_key: str,
        metric_key: str,
        *,
        _from: Time | None = None,
        to: Time | None = None,
        **options: Unpack[CallOptions],
    ) -> models.ExperimentResults:
        """Get the results of a legacy experiment: one flag and one metric.

        The service withdrew this call in 2024, and the status is 404. ``launchdarkly_api.analysis``
        computes results.

        Args:
            project_key: The project's key.
            feature_flag_key: The flag's key.
            environment_key: The environment's key.
            metric_key: The metric's key.
            _from: The start of the window: epoch milliseconds, an aware ``datetime``, or ISO 8601.
            to: The end of the window, in the same formats.
            **options: The options of every call, see ``CallOptions``.

        Returns:
            The results over the window.

        Raises:
            ApiTypeError, ApiValueError: An argument is invalid. Nothing was sent.
            BadRequestException: 400; the service rejected the request, and the message says why.
            UnauthorizedException: 401; the access token is missing or invalid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key does not exist.
            RateLimitedException: 429; too many calls, even after the retries.
            ApiException: Any other status, or no usable response.
        """
        arguments = {
            "project_key": project_key,
            "feature_flag_key": feature_flag_key,
            "environment_key": environment_key,
            "metric_key": metric_key,
            "_from": _from,
            "to": to,
        }
        result: models.ExperimentResults = self.api_client.call(
            GET_LEGACY_EXPERIMENT_RESULTS, arguments, options
        )
        return result

    def reset_experiment(
        self,
        project_key: str,
        feature_flag_key: str,
        environment_key: str,
        metric_key: str,
        **options: Unpack[CallOptions],
    ) -> None:
        """Delete all results of a legacy experiment.

        The results cannot be restored.

        The service withdrew this call in 2023, and the status is 404. A new iteration has results
        of its own.

        Args:
            project_key: The project's key.
            feature_flag_key: The flag's key.
            environment_key: The environment's key.
            metric_key: The metric's key.
            **options: The options of every call, see ``CallOptions``.

        Raises:
            ApiTypeError, ApiValueError: An argument is invalid. Nothing was sent.
            UnauthorizedException: 401; the access token is missing or invalid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key does not exist.
            RateLimitedException: 429; too many calls, even after the retries.
            ApiException: Any other status, or no usable response.
        """
        arguments = {
            "project_key": project_key,
            "feature_flag_key": feature_flag_key,
            "environment_key": environment_key,
            "metric_key": metric_key,
        }
        result: None = self.api_client.call(RESET_EXPERIMENT, arguments, options)
        return result
