"""The calls that read what experiments refer to, from projects to members.

They know the parameters for paging, and the filters and orders that are about data which the
sandbox has. The service ignores a parameter that it does not know, and so do these calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from launchdarkly_api.sandbox.service import lookup, resources, rules, selection
from launchdarkly_api.sandbox.service.endpoints import (
    CONTEXT_KINDS,
    ENVIRONMENTS,
    FLAGS,
    MEMBERS,
    METRIC_GROUPS,
    METRICS,
    PROJECT,
    PROJECTS,
    Call,
    path,
)
from launchdarkly_api.sandbox.service.problems import not_found
from launchdarkly_api.sandbox.service.queries import DEFAULT_LIMIT, Page, comma_separated
from launchdarkly_api.sandbox.service.request import CallRequest
from launchdarkly_api.sandbox.service.responses import Json, link
from launchdarkly_api.sandbox.service.responses_2026 import uses_of
from launchdarkly_api.sandbox.state import demo
from launchdarkly_api.sandbox.state.records import Experiment, Member, Metric, Project
from launchdarkly_api.sandbox.state.store import State

T = TypeVar("T")

#: The largest page of metrics, and of metric groups.
LARGEST_PAGE_OF_METRICS = 50


def _parent(href: str) -> Mapping[str, Json]:
    return {"parent": link(href)}


def _collection(
    request: CallRequest,
    items: list[T],
    address: str,
    render: Callable[[T], Json],
    *,
    largest: int | None = None,
    links: Mapping[str, Json] | None = None,
) -> tuple[int, Json]:
    """A page of a list."""
    page = Page.of(request.query, len(items), largest)
    pages = page.links(address, request.query)
    return 200, {
        "items": [render(item) for item in items[page.offset : page.offset + page.limit]],
        "totalCount": page.total,
        "_links": {**(links or {}), **{name: link(href) for name, href in pages.items()}},
    }


class Reads:
    """The calls behind the paths of projects, flags, metrics and members.

    Args:
        state: The records to read.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.handlers: dict[Call, Callable[[CallRequest], tuple[int, Json | None]]] = {
            "get_context_kinds_by_project_key": self._context_kinds,
            "get_environment": self._environment,
            "get_environments_by_project": self._environments,
            "get_feature_flag": self._flag,
            "get_feature_flags": self._flags,
            "get_member": self._member,
            "get_members": self._members,
            "get_metric": self._metric,
            "get_metric_group": self._metric_group,
            "get_metric_groups": self._metric_groups,
            "get_metrics": self._metrics,
            "get_project": self._project,
            "get_projects": self._projects,
        }

    # Projects and environments.

    def _project_json(self, record: Project, request: CallRequest) -> Json:
        body = resources.project(record)
        if "environments" in comma_separated(request.query, "expand"):
            first = list(record.environments)[:DEFAULT_LIMIT]
            address = path(ENVIRONMENTS, record.key)
            body["environments"] = {
                "items": [resources.environment(record, key) for key in first],
                "totalCount": len(record.environments),
                "_links": {"self": link(f"{address}?limit={DEFAULT_LIMIT}&offset=0")},
            }
        return body

    def _projects(self, request: CallRequest) -> tuple[int, Json]:
        with self.state.lock:
            records = list(self.state.projects.values())
        chosen = selection.by_field(records, request.query, selection.PROJECTS)
        ordered = selection.ordered(
            chosen,
            request.query,
            {"name": lambda p: p.name, "createdOn": lambda p: p.creation_date},
        )
        return _collection(
            request, ordered, PROJECTS, lambda record: self._project_json(record, request)
        )

    def _project(self, request: CallRequest) -> tuple[int, Json]:
        return 200, self._project_json(lookup.project(self.state, request), request)

    def _environments(self, request: CallRequest) -> tuple[int, Json]:
        project = lookup.project(self.state, request)
        chosen = selection.by_field(
            list(project.environments.items()), request.query, selection.ENVIRONMENTS
        )
        ordered = selection.ordered(chosen, request.query, {"name": lambda pair: pair[1]})
        return _collection(
            request,
            [key for key, _ in ordered],
            path(ENVIRONMENTS, project.key),
            lambda key: resources.environment(project, key),
            links=_parent(path(PROJECT, project.key)),
        )

    def _environment(self, request: CallRequest) -> tuple[int, Json]:
        return 200, resources.environment(*lookup.environment(self.state, request))

    def _context_kinds(self, request: CallRequest) -> tuple[int, Json]:
        project = lookup.project(self.state, request)
        return 200, {
            "items": [resources.context_kind(key, project) for key in project.context_kinds],
            "_links": {
                "self": link(path(CONTEXT_KINDS, project.key)),
                **_parent(path(PROJECT, project.key)),
            },
        }

    # Flags.

    def _named_environments(self, request: CallRequest, project: Project) -> list[str]:
        """The environments that ``env`` or the filter ``filterEnv`` names."""
        given = [*comma_separated(request.query, "env"), *selection.environments(request.query)]
        return [key for key in dict.fromkeys(given) if key in project.environments]

    def _flag(self, request: CallRequest) -> tuple[int, Json]:
        project = lookup.project(self.state, request)
        flag = lookup.one_of(project.flags, "flag", request.path["flag"], project)
        named = self._named_environments(request, project)
        everywhere = not comma_separated(request.query, "env")
        return 200, resources.flag(flag, project, project.environments if everywhere else named)

    def _flags(self, request: CallRequest) -> tuple[int, Json]:
        with self.state.lock:
            project = lookup.project(self.state, request)
            tested = {
                flag
                for experiment in self._experiments(project)
                for iteration in experiment.iterations
                for flag in iteration.flags
            }
        chosen = selection.flags(list(project.flags.values()), request.query, tested)
        ordered = selection.ordered(
            chosen, request.query, {"key": lambda flag: flag.key, "name": lambda flag: flag.name}
        )
        summary = selection.last(request.query, "summary") not in ("0", "false")
        named = self._named_environments(request, project)
        return _collection(
            request,
            ordered,
            path(FLAGS, project.key),
            lambda flag: resources.flag(flag, project, named, summary=summary),
        )

    # Metrics.

    def _experiments(self, project: Project) -> list[Experiment]:
        return [
            experiment
            for environment in project.environments
            for experiment in self.state.experiments_in(project.key, environment)
        ]

    def _metrics(self, request: CallRequest) -> tuple[int, Json]:
        project = lookup.project(self.state, request)
        counted = "experimentCount" in comma_separated(request.query, "expand")

        def render(metric: Metric) -> Json:
            using = self._experiments_of(project, metric.key, group=False) if counted else []
            count = {"experimentCount": len(using)} if counted else {}
            return {**resources.metric(metric, project), **count}

        return _collection(
            request,
            selection.metrics(list(project.metrics.values()), request.query),
            path(METRICS, project.key),
            render,
            largest=LARGEST_PAGE_OF_METRICS,
        )

    def _experiments_of(self, project: Project, key: str, *, group: bool) -> list[Experiment]:
        """The experiments of which an iteration lists a metric, or a group."""
        return [
            experiment
            for experiment in self._experiments(project)
            if any(
                (use.key, use.group) == (key, group)
                for iteration in experiment.iterations
                for use in uses_of(iteration)
            )
        ]

    def _metric(self, request: CallRequest) -> tuple[int, Json]:
        with self.state.lock:
            project = lookup.project(self.state, request)
            metric = lookup.one_of(project.metrics, "metric", request.path["metric"], project)
            using = self._experiments_of(project, metric.key, group=False)
        groups = [
            resources.dependent_group(group, project)
            for group in project.metric_groups.values()
            if metric.key in group.metrics
        ]
        return 200, {
            **resources.metric(metric, project),
            **_expanded(
                request,
                experiments=resources.dependent_experiments(using, project),
                experimentCount=len(using),
                metricGroups=groups,
                metricGroupCount=len(groups),
            ),
        }

    def _metric_groups(self, request: CallRequest) -> tuple[int, Json]:
        project = lookup.project(self.state, request)
        return _collection(
            request,
            selection.metric_groups(list(project.metric_groups.values()), request.query),
            path(METRIC_GROUPS, project.key),
            lambda group: resources.metric_group(group, project),
            largest=LARGEST_PAGE_OF_METRICS,
            links=_parent(path(PROJECT, project.key)),
        )

    def _metric_group(self, request: CallRequest) -> tuple[int, Json]:
        with self.state.lock:
            project = lookup.project(self.state, request)
            group = lookup.one_of(
                project.metric_groups, "metric group", request.path["group"], project
            )
            using = self._experiments_of(project, group.key, group=True)
        return 200, {
            **resources.metric_group(group, project),
            **_expanded(
                request,
                experiments=resources.dependent_experiments(using, project),
                experimentCount=len(using),
            ),
        }

    # Members.

    def _members(self, request: CallRequest) -> tuple[int, Json]:
        with self.state.lock:
            records = list(self.state.members.values())
        chosen = selection.by_field(records, request.query, selection.MEMBERS)
        ordered = selection.ordered(
            chosen,
            request.query,
            {"displayName": selection.display_name, "lastSeen": lambda m: m.creation_date},
        )
        return _collection(request, ordered, MEMBERS, resources.member)

    def _member(self, request: CallRequest) -> tuple[int, Json]:
        members: Mapping[str, Member] = self.state.members
        key = request.path["member"]
        # ``me`` is the owner of the access token.
        found = members.get(demo.OWNER.id if key == "me" else key)
        if found is None:
            raise not_found(f"Unknown member {key!r}. {rules.known(members)}")
        return 200, resources.member(found)


def _expanded(request: CallRequest, **values: Any) -> Json:
    """The fields that the parameter ``expand`` names."""
    wanted = comma_separated(request.query, "expand")
    return {name: value for name, value in values.items() if name in wanted}
