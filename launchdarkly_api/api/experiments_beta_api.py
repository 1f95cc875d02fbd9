"""The calls of the Experiments (beta) API, each readable on its own.

Source of the facts: the contract of launchdarkly-api 13.0.0 and LaunchDarkly's API documentation;
for the statuses that are ``seen``, public records of the service's answers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from launchdarkly_api import models
from launchdarkly_api._call.encoding import encode_query, encode_segment, query_value
from launchdarkly_api._call.endpoint import SEMANTIC_PATCH, Endpoint, Parameter
from launchdarkly_api._call.options import refuse
from launchdarkly_api._call.paging import PAGES_AHEAD, Page, each_once
from launchdarkly_api._support.scalars import whole_number
from launchdarkly_api.api.base import BaseApi
from launchdarkly_api.api_client import checked_options, guard
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from launchdarkly_api.api_client import CallOptions
else:
    # Programs ask for annotations at run time too. Python 3.10 has no ``Unpack`` to give.
    CallOptions, Unpack = Any, {Any: Any}

WordT = TypeVar("WordT", bound=str)

# A type checker finds a word in a list that is none. What the service has learnt since goes as a
# text with commas. A mapping is a collection of its keys, and a mistake here.
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
    success=200,
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
    success=200,
    errors=(400, 401, 403, 404, 405, 429),
)
GET_EXPERIMENT_RESULTS = Endpoint(
    name="get_experiment_results",
    method="GET",
    path="/api/v2/projects/{projectKey}/environments/{environmentKey}/experiments"
    "/{experimentKey}/metrics/{metricKey}/results",
    path_parameters=(_PROJECT, _ENVIRONMENT, _EXPERIMENT, _METRIC),
    returns="ExperimentBayesianResultsRep",
    success=200,
    errors=(400, 401, 403, 404, 429),
    withdrawn=True,
)
GET_EXPERIMENTATION_SETTINGS = Endpoint(
    name="get_experimentation_settings",
    method="GET",
    path="/api/v2/projects/{projectKey}/experimentation-settings",
    path_parameters=(_PROJECT,),
    returns="ExperimentationSettingsRep",
    success=200,
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
    success=200,
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
    success=200,
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
    success=200,
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
    success=200,
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

    Every call sends ``LD-API-Version: beta``, which the service asks for, and raises
    ``ApiException`` where it does not succeed. Times are epoch milliseconds.
    """

    def create_experiment(
        self,
        project_key: str,
        environment_key: str,
        experiment_post: models.ExperimentPost | Mapping[str, Any],
        **options: Unpack[CallOptions],
    ) -> models.Experiment:
        """Create an experiment, with its first iteration.

        The iteration does not run yet: start it by ``patch_experiment`` with
        ``Instruction.start_iteration()``.

        Args:
            project_key: The project's key.
            environment_key: The environment's key.
            experiment_post: The experiment: a model, or a dict of the same shape.
            **options: What every call takes, see ``CallOptions``.

        Returns:
            The new experiment.

        Raises:
            ApiTypeError, ApiValueError: An argument is not allowed; nothing was sent.
            BadRequestException: 400; the service does not allow what was sent, and says why.
            UnauthorizedException: 401; the access token is missing or not valid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key names nothing that exists.
            ConflictException: 409; the key is taken, or a flag is not at the version that is given.
            RateLimitedException: 429; too many calls, also after the repetitions.
            ApiException: Any other status, or no usable answer.
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

        It has the status ``not_started`` and stands in ``draft_iteration`` until it is started by
        ``patch_experiment`` with ``Instruction.start_iteration()``.

        Args:
            project_key: The project's key.
            environment_key: The environment's key.
            experiment_key: The experiment's key.
            iteration_input: The iteration: a model, or a dict of the same shape.
            **options: What every call takes, see ``CallOptions``.

        Returns:
            The new iteration.

        Raises:
            ApiTypeError, ApiValueError: An argument is not allowed; nothing was sent.
            BadRequestException: 400; the service does not allow what was sent, and says why.
            UnauthorizedException: 401; the access token is missing or not valid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key names nothing that exists.
            ConflictException: 409; somebody changed the experiment at the same time, or a flag is
                not at the version that is given.
            RateLimitedException: 429; too many calls, also after the repetitions.
            ApiException: Any other status, or no usable answer.
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
            expand: What to add to the answer: ``previousIterations``, ``draftIteration``,
                ``secondaryMetrics``, ``treatments``; a list, or a text with commas. What is
                empty is left out all the same.
            **options: What every call takes, see ``CallOptions``.

        Returns:
            The experiment.

        Raises:
            ApiTypeError, ApiValueError: An argument is not allowed; nothing was sent.
            BadRequestException: 400; the service does not allow what was sent, and says why.
            UnauthorizedException: 401; the access token is missing or not valid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key names nothing that exists.
            MethodNotAllowedException: 405; the service does not do this to the resource.
            RateLimitedException: 429; too many calls, also after the repetitions.
            ApiException: Any other status, or no usable answer.
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

        They name no baseline: ``get_experiment`` with ``expand="treatments"`` tells it. The
        service withdrew this call from its public API in 2025; where it is gone it answers 404.

        Args:
            project_key: The project's key.
            environment_key: The environment's key.
            experiment_key: The experiment's key.
            metric_key: The metric's key.
            **options: What every call takes, see ``CallOptions``.

        Returns:
            The results, one a treatment.

        Raises:
            ApiTypeError, ApiValueError: An argument is not allowed; nothing was sent.
            BadRequestException: 400; the service does not allow what was sent, and says why.
            UnauthorizedException: 401; the access token is missing or not valid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key names nothing that exists.
            RateLimitedException: 429; too many calls, also after the repetitions.
            ApiException: Any other status, or no usable answer.
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
            **options: What every call takes, see ``CallOptions``.

        Returns:
            The settings.

        Raises:
            ApiTypeError, ApiValueError: An argument is not allowed; nothing was sent.
            BadRequestException: 400; the service does not allow what was sent, and says why.
            UnauthorizedException: 401; the access token is missing or not valid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key names nothing that exists.
            MethodNotAllowedException: 405; the service does not do this to the resource.
            RateLimitedException: 429; too many calls, also after the repetitions.
            ApiException: Any other status, or no usable answer.
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
            limit: How many experiments to return at most; 20 where it is left out.
            offset: How many experiments to skip first.
            filter: ``flagKey``, ``metricKey``, ``status`` (``not_started``, ``running`` or
                ``stopped``): a mapping, or a text such as ``flagKey:my-flag,status:running``, or a
                list of its parts. Nothing in it selects all.
            expand: What to add to the answer: ``previousIterations``, ``draftIteration``,
                ``secondaryMetrics``, ``treatments``; a list, or a text with commas. What is
                empty is left out all the same.
            lifecycle_state: ``active``, ``archived`` or both: a list, or a text with commas;
                ``active`` where it is left out.
            **options: What every call takes, see ``CallOptions``.

        Returns:
            The page, with ``total_count`` and the links to its neighbours.

        Raises:
            ApiTypeError, ApiValueError: An argument is not allowed; nothing was sent.
            BadRequestException: 400; the service does not allow what was sent, and says why.
            UnauthorizedException: 401; the access token is missing or not valid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key names nothing that exists.
            MethodNotAllowedException: 405; the service does not do this to the resource.
            RateLimitedException: 429; too many calls, also after the repetitions.
            ApiException: Any other status, or no usable answer.
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

        Deprecated by the service, and withdrawn since: where it is gone it answers 404.

        Args:
            project_key: The project's key.
            feature_flag_key: The flag's key.
            environment_key: The environment's key.
            metric_key: The metric's key.
            _from: The start of the window: epoch milliseconds, an aware ``datetime``, or ISO 8601.
            to: The end of the window, in the same forms.
            **options: What every call takes, see ``CallOptions``.

        Returns:
            The results over the window.

        Raises:
            ApiTypeError, ApiValueError: An argument is not allowed; nothing was sent.
            BadRequestException: 400; the service does not allow what was sent, and says why.
            UnauthorizedException: 401; the access token is missing or not valid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key names nothing that exists.
            RateLimitedException: 429; too many calls, also after the repetitions.
            ApiException: Any other status, or no usable answer.
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
        """Change an experiment, by a semantic patch.

        The instructions are carried out in order, all of them or none. One that asks for what is
        so already does nothing. ``Instruction`` has a class method for each kind.

        Args:
            project_key: The project's key.
            environment_key: The environment's key.
            experiment_key: The experiment's key.
            experiment_patch_input: The patch: a model, or a dict of the same shape.
            **options: What every call takes, see ``CallOptions``.

        Returns:
            The experiment after the patch.

        Raises:
            ApiTypeError, ApiValueError: An argument is not allowed; nothing was sent.
            BadRequestException: 400; the service does not allow what was sent, and says why.
            UnauthorizedException: 401; the access token is missing or not valid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key names nothing that exists.
            ConflictException: 409; somebody changed the experiment at the same time, or the rule of
                its flag carries another running experiment: repeating does not help then.
            UnprocessableEntityException: 422; the patch cannot be applied.
            RateLimitedException: 429; too many calls, also after the repetitions.
            ApiException: Any other status, or no usable answer.
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

        A randomization unit must be an existing context kind. One of them is the default.

        Args:
            project_key: The project's key.
            experimentation_settings_put: The settings: a model, or a dict of the same shape.
            **options: What every call takes, see ``CallOptions``.

        Returns:
            The settings as they are now.

        Raises:
            ApiTypeError, ApiValueError: An argument is not allowed; nothing was sent.
            BadRequestException: 400; the service does not allow what was sent, and says why.
            UnauthorizedException: 401; the access token is missing or not valid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key names nothing that exists.
            MethodNotAllowedException: 405; the service does not do this to the resource.
            RateLimitedException: 429; too many calls, also after the repetitions.
            ApiException: Any other status, or no usable answer.
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

        What is deleted does not come back. LaunchDarkly has withdrawn this call; where it is gone
        it answers 404.

        Args:
            project_key: The project's key.
            feature_flag_key: The flag's key.
            environment_key: The environment's key.
            metric_key: The metric's key.
            **options: What every call takes, see ``CallOptions``.

        Raises:
            ApiTypeError, ApiValueError: An argument is not allowed; nothing was sent.
            UnauthorizedException: 401; the access token is missing or not valid.
            ForbiddenException: 403; the access token does not allow this call.
            NotFoundException: 404; a key names nothing that exists.
            RateLimitedException: 429; too many calls, also after the repetitions.
            ApiException: Any other status, or no usable answer.
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
        """Go through all experiments in an environment, page by page, as they are asked for.

        Each experiment comes once, also if the list changes meanwhile: the loop may archive the
        experiments that it gets. An experiment that is created meanwhile may be missed.

        The first page is fetched when the first experiment is asked for. The next pages are fetched
        when the first experiment after that page is asked for: a few at a time, in threads, each
        call in a copy of the caller's context. A loop that ends early fetches no more.

        Args:
            project_key: The project's key.
            environment_key: The environment's key.
            page_size: How many experiments to ask for at a time, from 1.
            filter: As in ``get_experiments``.
            expand: As in ``get_experiments``.
            lifecycle_state: As in ``get_experiments``.
            pages_ahead: How many pages to fetch beside the one that is needed. 0 makes one call
                after the other, all in the caller's thread, as is done while a recorder such as
                vcrpy has replaced urllib3's connection classes.
            **options: What every call takes, see ``CallOptions``.

        Returns:
            An iterator over the experiments, with a method ``close()``.

        Raises:
            ApiTypeError, ApiValueError: An argument is not allowed; nothing was sent.
            ApiException: As in ``get_experiments``, when the first experiment of a page that could
                not be fetched is asked for.
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
            # All pages are asked for alike, even if the caller changes the lists meanwhile, and a
            # mistake is found here and not in the loop.
            encode_segment("project_key", project_key)
            encode_segment("environment_key", environment_key)
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
