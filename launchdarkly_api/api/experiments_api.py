"""The calls of the Experiments API of today. Each method can be read alone.

The facts come from the contract of launchdarkly-api 13.0.0 and from LaunchDarkly's API
documentation of October 2026. The statuses in ``observed`` come from public records of the
service's responses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
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
Expandable = Literal[
    "previousIterations", "draftIteration", "secondaryMetrics", "treatments", "analysisConfig"
]
# The response with one experiment can have one field more.
ExpandableInOne = Expandable | Literal["mutableFieldsByStatus"]
LifecycleState = Literal["active", "archived"]
Filter: TypeAlias = (
    Mapping[Literal["flagKey", "metricKey", "status"], str | Collection[str]]
    | Sequence[str]
    | Set[str]
)

_PROJECT = Parameter("project_key", "projectKey")
_ENVIRONMENT = Parameter("environment_key", "environmentKey")
_EXPERIMENT = Parameter("experiment_key", "experimentKey")
_PAGE = (
    Parameter("limit", "limit", int),
    Parameter("offset", "offset", int),
    Parameter("filter", "filter", dict),
    Parameter("expand", "expand"),
    Parameter("lifecycle_state", "lifecycleState"),
)

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
    observed=(409,),
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
    observed=(409,),
    deprecated=True,
    instead="the instructions updateExperimentFields and saveAndStartNewIteration of"
    " patch_experiment",
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
    query_parameters=_PAGE,
    returns="ExperimentCollectionRep",
    errors=(400, 401, 403, 404, 405, 429),
)
GET_EXPERIMENTS_ANY_ENV = Endpoint(
    name="get_experiments_any_env",
    method="GET",
    path="/api/v2/projects/{projectKey}/experiments",
    path_parameters=(_PROJECT,),
    query_parameters=_PAGE,
    returns="ExperimentCollectionRep",
    errors=(400, 401, 403, 404, 405, 429),
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
    observed=(409, 422),
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


class ExperimentsApi(BaseApi):
    """Experiments, their iterations and the settings of a project: the calls of today.

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

        The service deprecates this call, which emits a ``DeprecationWarning``. Use
        ``patch_experiment`` with ``Instruction.update_experiment_fields`` to change the iteration
        that has not started, and with ``Instruction.save_and_start_new_iteration`` to replace the
        running one.

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
        expand: Words[ExpandableInOne] | None = None,
        **options: Unpack[CallOptions],
    ) -> models.Experiment:
        """Get one experiment.

        Args:
            project_key: The project's key.
            environment_key: The environment's key.
            experiment_key: The experiment's key.
            expand: The fields to add to the response: ``previousIterations``, ``draftIteration``,
                ``secondaryMetrics``, ``treatments``, ``analysisConfig``, ``mutableFieldsByStatus``,
                as a list or a comma-separated string. The service leaves out fields that would be
                empty.
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
                ``secondaryMetrics``, ``treatments``, ``analysisConfig``, as a list or a
                comma-separated string. The service leaves out fields that would be empty.
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

    def get_experiments_any_env(
        self,
        project_key: str,
        *,
        limit: int | None = None,
        offset: int | None = None,
        filter: Filter | None = None,
        expand: Words[Expandable] | None = None,
        lifecycle_state: Words[LifecycleState] | None = None,
        **options: Unpack[CallOptions],
    ) -> models.ExperimentCollectionRep:
        """Get one page of the experiments in all environments of a project.

        ``iter_experiments_any_env`` goes through all pages. ``environment_key`` of an experiment
        tells where it is.

        Args:
            project_key: The project's key.
            limit: The maximum number of experiments to return; 20 by default.
            offset: The number of experiments to skip.
            filter: The same as in ``get_experiments``.
            expand: The same as in ``get_experiments``.
            lifecycle_state: The same as in ``get_experiments``.
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
            "limit": limit,
            "offset": offset,
            "filter": filter,
            "expand": expand,
            "lifecycle_state": lifecycle_state,
        }
        result: models.ExperimentCollectionRep = self.api_client.call(
            GET_EXPERIMENTS_ANY_ENV, arguments, options
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
        already true has no effect. ``Instruction`` has a class method for each kind, and
        ``launchdarkly_api.patches.refused_changes`` tells which changes the service will refuse.

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
        keys = {"project_key": project_key, "environment_key": environment_key}
        query = {"filter": filter, "expand": expand, "lifecycle_state": lifecycle_state}
        return self._each(GET_EXPERIMENTS, keys, query, page_size, pages_ahead, options)

    def iter_experiments_any_env(
        self,
        project_key: str,
        *,
        page_size: int = 20,
        filter: Filter | None = None,
        expand: Words[Expandable] | None = None,
        lifecycle_state: Words[LifecycleState] | None = None,
        pages_ahead: int = PAGES_AHEAD,
        **options: Unpack[CallOptions],
    ) -> Iterator[models.Experiment]:
        """Iterate over all experiments in all environments of a project.

        It fetches the pages of ``get_experiments_any_env`` in the way of ``iter_experiments``.

        Args:
            project_key: The project's key.
            page_size: The number of experiments per page, at least 1.
            filter: The same as in ``get_experiments``.
            expand: The same as in ``get_experiments``.
            lifecycle_state: The same as in ``get_experiments``.
            pages_ahead: The number of pages to fetch in advance, as in ``iter_experiments``.
            **options: The options of every call, see ``CallOptions``.

        Returns:
            An iterator over the experiments, with a method ``close()``.

        Raises:
            ApiTypeError, ApiValueError: An argument is invalid. Nothing was sent.
            ApiException: The same as in ``get_experiments_any_env``, when the first experiment of a
                page that could not be fetched is requested.
        """
        keys = {"project_key": project_key}
        query = {"filter": filter, "expand": expand, "lifecycle_state": lifecycle_state}
        return self._each(GET_EXPERIMENTS_ANY_ENV, keys, query, page_size, pages_ahead, options)

    def _each(
        self,
        endpoint: Endpoint,
        keys: dict[str, Any],
        query: dict[str, Any],
        page_size: int,
        pages_ahead: int,
        options: Any,
    ) -> Iterator[models.Experiment]:
        """Iterate over the pages of a list of experiments.

        Args:
            endpoint: The call that returns a page.
            keys: The keys in its path, by the names of its arguments.
            query: Its other arguments, which are the same for all pages.
            page_size: The number of experiments per page.
            pages_ahead: The number of pages to fetch in advance.
            options: The options of every call.

        Returns:
            The experiments of all pages, each once.

        Raises:
            ApiTypeError, ApiValueError: An argument is invalid.
        """
        name = f"iter_{endpoint.name.removeprefix('get_')}"
        guard(options)
        check = checked_options(name, options)["_check_input_type"]
        refuse(name, options, f"it makes a call a page; {endpoint.name} makes one")
        page_size = _checked_count("page_size", page_size, 1)
        pages_ahead = _checked_count("pages_ahead", pages_ahead, 0)
        if check:
            # Encoding now means that all pages have the same query, even if the caller changes the
            # lists later, and that a mistake is found here and not in the loop.
            check_path_arguments(endpoint, keys)
            for parameter in endpoint.query_parameters:
                if parameter.name in query:
                    value = query[parameter.name]
                    query[parameter.name] = query_value(parameter.name, value, parameter.type)
            encode_query(query.items())

        def fetch(offset: int, limit: int) -> Page[models.Experiment]:
            # The method is looked up for each page, so that a subclass or a patch takes effect.
            call = getattr(self, endpoint.name)
            page = call(*keys.values(), limit=limit, offset=offset, **query, **options)
            return Page(page.items or [], page.total_count, "next" in (page.links or {}))

        return each_once(
            fetch,
            # Environments may have experiments with the same key.
            lambda experiment: (experiment.environment_key, experiment.key),
            page_size,
            pages_ahead,
        )


def _checked_count(name: str, given: Any, least: int) -> int:
    count = whole_number(given)
    if count is None:
        raise ApiTypeError(f"Expected int, got {type(given).__name__}", [name], (int,))
    if count < least:
        raise ApiValueError(f"{name} is {count}; give a number from {least}", [name])
    return count
