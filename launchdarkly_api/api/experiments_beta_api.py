"""The calls of the Experiments (beta) API. Each method can be read alone.

The facts come from the contract of launchdarkly-api 13.0.0 and from LaunchDarkly's API
documentation. The statuses in ``seen`` come from public records of the service's responses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from launchdarkly_api import models
from launchdarkly_api._call.encoding import encode_query, query_value
from launchdarkly_api._call.endpoint import SEMANTIC_PATCH, Endpoint, Parameter
from launchdarkly_api._call.options import checked_options, guard, refuse
from launchdarkly_api._call.paging import PAGES_AHEAD, Page, each_once
from launchdarkly_api._call.preparing import check_path_arguments
from launchdarkly_api._support.scalars import whole_number
from launchdarkly_api.api.base import BaseApi
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from launchdarkly_api.api_client import CallOptions
else:
    # Programs read annotations at run time too. Python 3.10 has no ``Unpack``.
    CallOptions, Unpack = Any, {Any: Any}

WordT = TypeVar("WordT", bound=str)

# A type checker rejects an unknown value in a list. Values that the service added later can be
# passed as a comma-separated string. A mapping, a collection of its keys, would be a mistake.
Words: TypeAlias = WordT | Sequence[WordT] | Set[WordT] | str
Expandable = Literal["previousIterations", "draftIteration", "secondaryMetrics", "treatments"]
LifecycleState = Literal["active", "archived"]
Filter: TypeAlias = (
    Mapping[Literal["flagKey", "metricKey", "status"], str | Collection[str]]
    | Sequence[str]
    | Set[str]
)
Time: TypeAlias = int | str | datetime

_PROJECT = Parameter("project_key", "projectKey")
_ENVIRONMENT = Parameter("environment_key", "environmentKey")
_EXPERIMENT = Parameter("experiment_key", "experimentKey")
_METRIC = Parameter("metric_key", "metricKey")
_FLAG = Parameter("feature_flag_key", "featureFlagKey")

CREATE_EXPERIMENT = Endpoint(
    name="create_experiment",
    method="POST",
    path="/api/v2/projects/{projectKey}/environments/{environmentKey}/experiments",
    path_parameters=(_PROJECT, _ENVIRONMENT),
    body_name="experiment_post",
    body="ExperimentPost",
    returns="Experiment",
    success=201,
    errors=(400, 401, 403, 404, 429),
    seen=(409,),
)
CREATE_ITERATION = Endpoint(
    name="create_iteration",
    method="POST",
    path="/api/v2/projects/{projectKey}/environments/{environmentKey}/experiments"
    "/{experimentKey}/iterations",
    path_parameters=(_PROJECT, _ENVIRONMENT, _EXPERIMENT),
    body_name="iteration_input",
    body="IterationInput",
    returns="IterationRep",
    errors=(400, 401, 403, 404, 429),
    seen=(409,),
)
GET_EXPERIMENT = Endpoint(
    name="get_experiment",
    method="GET",
    path="/api/v2/projects/{projectKey}/environments/{environmentKey}/experiments/{experimentKey}",
    path_parameters=(_PROJECT, _ENVIRONMENT, _EXPERIMENT),
    query_parameters=(Parameter("expand", "expand"),),
    returns="Experiment",
    errors=(400, 401, 403, 404, 405, 429),
)
GET_EXPERIMENT_RESULTS = Endpoint(
    name="get_experiment_results",
    method="GET",
    path="/api/v2/projects/{projectKey}/environments/{environmentKey}/experiments"
    "/{experimentKey}/metrics/{metricKey}/results",
    path_parameters=(_PROJECT, _ENVIRONMENT, _EXPERIMENT, _METRIC),
    returns="ExperimentBayesianResultsRep",
    errors=(400, 401, 403, 404, 429),
    withdrawn=True,
)
GET_EXPERIMENTATION_SETTINGS = Endpoint(
    name="get_experimentation_settings",
    method="GET",
    path="/api/v2/projects/{projectKey}/experimentation-settings",
    path_parameters=(_PROJECT,),
    returns="ExperimentationSettingsRep",
    errors=(400, 401, 403, 404, 405, 429),
)
GET_EXPERIMENTS = Endpoint(
    name="get_experiments",
    method="GET",
    path="/api/v2/projects/{projectKey}/environments/{environmentKey}/experiments",
    path_parameters=(_PROJECT, _ENVIRONMENT),
    query_parameters=(
        Parameter("limit", "limit", int),
        Parameter("offset", "offset", int),
        Parameter("filter", "filter", dict),
        Parameter("expand", "expand"),
        Parameter("lifecycle_state", "lifecycleState"),
    ),
    returns="ExperimentCollectionRep",
    errors=(400, 401, 403, 404, 405, 429),
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
)
PATCH_EXPERIMENT = Endpoint(
    name="patch_experiment",
    method="PATCH",
    path="/api/v2/projects/{projectKey}/environments/{environmentKey}/experiments/{experimentKey}",
    path_parameters=(_PROJECT, _ENVIRONMENT, _EXPERIMENT),
    body_name="experiment_patch_input",
    body="ExperimentPatchInput",
    content_type=SEMANTIC_PATCH,
    returns="Experiment",
    errors=(400, 401, 403, 404, 429),
    seen=(409, 422),
)
PUT_EXPERIMENTATION_SETTINGS = Endpoint(
    name="put_experimentation_settings",
    method="PUT",
    path="/api/v2/projects/{projectKey}/experimentation-settings",
    path_parameters=(_PROJECT,),
    body_name="experimentation_settings_put",
    body="ExperimentationSettingsPut",
    returns="ExperimentationSettingsRep",
    errors=(400, 401, 403, 404, 405, 429),
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
)


class ExperimentsBetaApi(BaseApi):
    """Experiments, their iterations, their results and the settings of a project.

    Every call sends ``LD-API-Version: beta``, which the service requires, and raises
    ``ApiException`` if it does not succeed. Times are epoch milliseconds.
    """

    def create_experiment(
        self,
        project_key: str,
        environment_key: str,
        experiment_post: models.ExperimentPost | Mapping[str, Any],
        **options: Unpack[CallOptions],
    ) -> models.Experiment:
        """Create an experiment, with its first iteration.

        The iteration does not run yet. Start it with ``patch_experiment`` and
        ``Instruction.start_iteration()``.

        Args:
            project_key: The project's key.
            environment_key: The environment's key.
            experiment_post: The experiment, as a model or as a dict of the same shape.
            **options: The options of every call, see ``CallOptions``.

        Returns:
            The new experiment.

        Raises:
            ApiTypeError, ApiValueError: An argument is invalid. Nothing was sent.
            BadRequestException: 400; the service rejected the request, and the message says why.
            UnauthorizedException: 401; the access token is missing or invalid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key does not exist.
            ConflictException: 409; the key is in use, or a flag does not have the given version.
            RateLimitedException: 429; too many calls, even after the retries.
            ApiException: Any other status, or no usable response.
        """
        arguments = {
            "project_key": project_key,
            "environment_key": environment_key,
            "experiment_post": experiment_post,
        }
        result: models.Experiment = self.api_client.call(CREATE_EXPERIMENT, arguments, options)
        return result

    def create_iteration(
        self,
        project_key: str,
        environment_key: str,
        experiment_key: str,
        iteration_input: models.IterationInput | Mapping[str, Any],
        **options: Unpack[CallOptions],
    ) -> models.IterationRep:
        """Create the next iteration of an experiment.

        It has the status ``not_started`` and is the ``draft_iteration`` of the experiment until
        ``patch_experiment`` starts it with ``Instruction.start_iteration()``.

        Args:
            project_key: The project's key.
            environment_key: The environment's key.
            experiment_key: The experiment's key.
            iteration_input: The iteration, as a model or as a dict of the same shape.
            **options: The options of every call, see ``CallOptions``.

        Returns:
            The new iteration.

        Raises:
            ApiTypeError, ApiValueError: An argument is invalid. Nothing was sent.
            BadRequestException: 400; the service rejected the request, and the message says why.
            UnauthorizedException: 401; the access token is missing or invalid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key does not exist.
            ConflictException: 409; somebody changed the experiment at the same time, or a flag does
                not have the given version.
            RateLimitedException: 429; too many calls, even after the retries.
            ApiException: Any other status, or no usable response.
        """
        arguments = {
            "project_key": project_key,
            "environment_key": environment_key,
            "experiment_key": experiment_key,
            "iteration_input": iteration_input,
        }
        result: models.IterationRep = self.api_client.call(CREATE_ITERATION, arguments, options)
        return result

    def get_experiment(
        self,
        project_key: str,
        environment_key: str,
        experiment_key: str,
        *,
        expand: Words[Expandable] | None = None,
        **options: Unpack[CallOptions],
    ) -> models.Experiment:
        """Get one experiment.

        Args:
            project_key: The project's key.
            environment_key: The environment's key.
            experiment_key: The experiment's key.
            expand: The fields to add to the response: ``previousIterations``, ``draftIteration``,
                ``secondaryMetrics``, ``treatments``, as a list or a comma-separated string. The
                service leaves out fields that would be empty.
            **options: The options of every call, see ``CallOptions``.

        Returns:
            The experiment.

        Raises:
            ApiTypeError, ApiValueError: An argument is invalid. Nothing was sent.
            BadRequestException: 400; the service rejected the request, and the message says why.
            UnauthorizedException: 401; the access token is missing or invalid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key does not exist.
            MethodNotAllowedException: 405; the resource does not support this method.
            RateLimitedException: 429; too many calls, even after the retries.
            ApiException: Any other status, or no usable response.
        """
        arguments = {
            "project_key": project_key,
            "environment_key": environment_key,
            "experiment_key": experiment_key,
            "expand": expand,
        }
        result: models.Experiment = self.api_client.call(GET_EXPERIMENT, arguments, options)
        return result

    def get_experiment_results(
        self,
        project_key: str,
        environment_key: str,
        experiment_key: str,
        metric_key: str,
        **options: Unpack[CallOptions],
    ) -> models.ExperimentBayesianResultsRep:
        """Get the Bayesian results of one metric in the current iteration.

        They do not name the baseline; ``get_experiment`` with ``expand="treatments"`` does. The
        service withdrew this call from its public API in 2025. If it is gone, the status is 404.

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

    def get_experimentation_settings(
        self,
        project_key: str,
        **options: Unpack[CallOptions],
    ) -> models.ExperimentationSettingsRep:
        """Get the experimentation settings of a project.

        Args:
            project_key: The project's key.
            **options: The options of every call, see ``CallOptions``.

        Returns:
            The settings.

        Raises:
            ApiTypeError, ApiValueError: An argument is invalid. Nothing was sent.
            BadRequestException: 400; the service rejected the request, and the message says why.
            UnauthorizedException: 401; the access token is missing or invalid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key does not exist.
            MethodNotAllowedException: 405; the resource does not support this method.
            RateLimitedException: 429; too many calls, even after the retries.
            ApiException: Any other status, or no usable response.
        """
        arguments = {"project_key": project_key}
        result: models.ExperimentationSettingsRep = self.api_client.call(
            GET_EXPERIMENTATION_SETTINGS, arguments, options
        )
        return result

    def get_experiments(
        self,
        project_key: str,
        environment_key: str,
        *,
        limit: int | None = None,
        offset: int | None = None,
        filter: Filter | None = None,
        expand: Words[Expandable] | None = None,
        lifecycle_state: Words[LifecycleState] | None = None,
        **options: Unpack[CallOptions],
    ) -> models.ExperimentCollectionRep:
        """Get one page of the experiments in an environment.

        ``iter_experiments`` goes through all pages.

        Args:
            project_key: The project's key.
            environment_key: The environment's key.
            limit: The maximum number of experiments to return; 20 by default.
            offset: The number of experiments to skip.
            filter: A mapping with the keys ``flagKey``, ``metricKey`` and ``status``
                (``not_started``, ``running`` or ``stopped``), or a string such as
                ``flagKey:my-flag,status:running``, or a list of its parts. An empty filter selects
                all experiments.
            expand: The fields to add to the response: ``previousIterations``, ``draftIteration``,
                ``secondaryMetrics``, ``treatments``, as a list or a comma-separated string. The
                service leaves out fields that would be empty.
            lifecycle_state: ``active``, ``archived`` or both, as a list or a comma-separated
                string; ``active`` by default.
            **options: The options of every call, see ``CallOptions``.

        Returns:
            The page, with ``total_count`` and links to other pages.

        Raises:
            ApiTypeError, ApiValueError: An argument is invalid. Nothing was sent.
            BadRequestException: 400; the service rejected the request, and the message says why.
            UnauthorizedException: 401; the access token is missing or invalid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key does not exist.
            MethodNotAllowedException: 405; the resource does not support this method.
            RateLimitedException: 429; too many calls, even after the retries.
            ApiException: Any other status, or no usable response.
        """
        arguments = {
            "project_key": project_key,
            "environment_key": environment_key,
            "limit": limit,
            "offset": offset,
            "filter": filter,
            "expand": expand,
            "lifecycle_state": lifecycle_state,
        }
        result: models.ExperimentCollectionRep = self.api_client.call(
            GET_EXPERIMENTS, arguments, options
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

        The service deprecated and later withdrew this call. If it is gone, the status is 404.

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

    def patch_experiment(
        self,
        project_key: str,
        environment_key: str,
        experiment_key: str,
        experiment_patch_input: models.ExperimentPatchInput | Mapping[str, Any],
        **options: Unpack[CallOptions],
    ) -> models.Experiment:
        """Change an experiment with a semantic patch.

        The service executes all instructions in order, or none. An instruction whose result is
        already true has no effect. ``Instruction`` has a class method for each kind.

        Args:
            project_key: The project's key.
            environment_key: The environment's key.
            experiment_key: The experiment's key.
            experiment_patch_input: The patch, as a model or as a dict of the same shape.
            **options: The options of every call, see ``CallOptions``.

        Returns:
            The experiment after the patch.

        Raises:
            ApiTypeError, ApiValueError: An argument is invalid. Nothing was sent.
            BadRequestException: 400; the service rejected the request, and the message says why.
            UnauthorizedException: 401; the access token is missing or invalid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key does not exist.
            ConflictException: 409; somebody changed the experiment at the same time, or another
                experiment is running on the rule of its flag, so that a retry does not help.
            UnprocessableEntityException: 422; the patch cannot be applied.
            RateLimitedException: 429; too many calls, even after the retries.
            ApiException: Any other status, or no usable response.
        """
        arguments = {
            "project_key": project_key,
            "environment_key": environment_key,
            "experiment_key": experiment_key,
            "experiment_patch_input": experiment_patch_input,
        }
        result: models.Experiment = self.api_client.call(PATCH_EXPERIMENT, arguments, options)
        return result

    def put_experimentation_settings(
        self,
        project_key: str,
        experimentation_settings_put: models.ExperimentationSettingsPut | Mapping[str, Any],
        **options: Unpack[CallOptions],
    ) -> models.ExperimentationSettingsRep:
        """Replace the experimentation settings of a project.

        A randomization unit must be an existing context kind. One of the units is the default.

        Args:
            project_key: The project's key.
            experimentation_settings_put: The settings, as a model or as a dict of the same shape.
            **options: The options of every call, see ``CallOptions``.

        Returns:
            The new settings.

        Raises:
            ApiTypeError, ApiValueError: An argument is invalid. Nothing was sent.
            BadRequestException: 400; the service rejected the request, and the message says why.
            UnauthorizedException: 401; the access token is missing or invalid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key does not exist.
            MethodNotAllowedException: 405; the resource does not support this method.
            RateLimitedException: 429; too many calls, even after the retries.
            ApiException: Any other status, or no usable response.
        """
        arguments = {
            "project_key": project_key,
            "experimentation_settings_put": experimentation_settings_put,
        }
        result: models.ExperimentationSettingsRep = self.api_client.call(
            PUT_EXPERIMENTATION_SETTINGS, arguments, options
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

        The results cannot be restored. The service has withdrawn this call. If it is gone, the
        status is 404.

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

    def iter_experiments(
        self,
        project_key: str,
        environment_key: str,
        *,
        page_size: int = 20,
        filter: Filter | None = None,
        expand: Words[Expandable] | None = None,
        lifecycle_state: Words[LifecycleState] | None = None,
        pages_ahead: int = PAGES_AHEAD,
        **options: Unpack[CallOptions],
    ) -> Iterator[models.Experiment]:
        """Iterate over all experiments in an environment, fetching pages as they are needed.

        Each experiment is returned once, even if the list changes during the iteration: the loop
        may archive the experiments that it gets. An experiment that is created during the iteration
        may be missed.

        The first page is fetched when the first experiment is requested. The next pages are fetched
        when the first experiment after that page is requested: a few in parallel, in threads, each
        call in a copy of the caller's context. If the loop ends early, nothing more is fetched.

        Args:
            project_key: The project's key.
            environment_key: The environment's key.
            page_size: The number of experiments per page, at least 1.
            filter: The same as in ``get_experiments``.
            expand: The same as in ``get_experiments``.
            lifecycle_state: The same as in ``get_experiments``.
            pages_ahead: The number of pages to fetch in advance. With 0, all calls are made one
                after the other in the caller's thread, which is also the case while a recorder such
                as vcrpy has replaced urllib3's connection classes.
            **options: The options of every call, see ``CallOptions``.

        Returns:
            An iterator over the experiments, with a method ``close()``.

        Raises:
            ApiTypeError, ApiValueError: An argument is invalid. Nothing was sent.
            ApiException: The same as in ``get_experiments``, when the first experiment of a page
                that could not be fetched is requested.
        """
        guard(options)
        check = checked_options("iter_experiments", options)["_check_input_type"]
        refuse("iter_experiments", options, "it makes a call a page; get_experiments makes one")
        page_size = _checked_count("page_size", page_size, 1)
        pages_ahead = _checked_count("pages_ahead", pages_ahead, 0)
        query: dict[str, Any] = {
            "filter": filter,
            "expand": expand,
            "lifecycle_state": lifecycle_state,
        }
        if check:
            # Encoding now means that all pages have the same query, even if the caller changes the
            # lists later, and that a mistake is found here and not in the loop.
            keys = {"project_key": project_key, "environment_key": environment_key}
            check_path_arguments(GET_EXPERIMENTS, keys)
            for parameter in GET_EXPERIMENTS.query_parameters:
                if parameter.name in query:
                    value = query[parameter.name]
                    query[parameter.name] = query_value(parameter.name, value, parameter.type)
            encode_query(query.items())

        def fetch(offset: int, limit: int) -> Page[models.Experiment]:
            page = self.get_experiments(
                project_key, environment_key, limit=limit, offset=offset, **query, **options
            )
            return Page(page.items or [], page.total_count, "next" in (page.links or {}))

        return each_once(fetch, lambda experiment: experiment.key, page_size, pages_ahead)


def _checked_count(name: str, given: Any, least: int) -> int:
    count = whole_number(given)
    if count is None:
        raise ApiTypeError(f"Expected int, got {type(given).__name__}", [name], (int,))
    if count < least:
        raise ApiValueError(f"{name} is {count}; give a number from {least}", [name])
    return count
