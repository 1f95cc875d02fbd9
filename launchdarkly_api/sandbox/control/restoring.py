"""From a document to records and traffic. Nothing is changed until the whole document is valid."""

from __future__ import annotations

from dataclasses import dataclass, field

from launchdarkly_api.sandbox.control import restoring_experiments, restoring_projects
from launchdarkly_api.sandbox.control.document import Document, ProjectEntry
from launchdarkly_api.sandbox.control.places import distinct, located
from launchdarkly_api.sandbox.control.shapes import ShapeError
from launchdarkly_api.sandbox.service import rules
from launchdarkly_api.sandbox.service.bodies import Path, place
from launchdarkly_api.sandbox.state import demo
from launchdarkly_api.sandbox.state.records import Experiment, Project
from launchdarkly_api.sandbox.state.store import Record
from launchdarkly_api.sandbox.state.traffic import Traffic


@dataclass
class Restored:
    """The records of a document, and the traffic of iterations by their ids."""

    records: list[Record] = field(default_factory=list)
    traffic: dict[str, Traffic] = field(default_factory=dict)


def restored(document: Document) -> Restored:
    """The data of a document.

    Raises:
        ShapeError: The document is inconsistent. The message names the place.
    """
    result = Restored()
    result.records += restoring_projects.members(document.members, ("members",))
    distinct("project", (entry.key for entry in document.projects), ("projects",))
    if all(entry.key != demo.PROJECT for entry in document.projects):
        result.records.append(demo.project())
    used: set[str] = set()
    for number, entry in enumerate(document.projects):
        path = ("projects", number)
        project = restoring_projects.project(entry, path)
        result.records.append(project)
        _add_experiments(result, entry, project, used, (*path, "experiments"))
    return result


def _add_experiments(
    result: Restored, entry: ProjectEntry, project: Project, used: set[str], path: Path
) -> None:
    made: list[Experiment] = []
    for number, given in enumerate(entry.experiments):
        here = (*path, number)
        experiment, traffic = restoring_experiments.experiment(given, project, here)
        beside = [one for one in made if one.environment_key == experiment.environment_key]
        distinct("experiment", (one.key for one in (*beside, experiment)), here)
        with located(here):
            _check_rule(experiment, beside)
        for iteration in experiment.iterations:
            if iteration.id in used:
                raise ShapeError(
                    f"The iteration id {iteration.id!r:.80} is there twice{place(here)}."
                )
            used.add(iteration.id)
        made.append(experiment)
        result.records.append(experiment)
        result.traffic.update(traffic)


def _check_rule(experiment: Experiment, others: list[Experiment]) -> None:
    if experiment.current.status == "running":
        conflict = rules.rule_is_free(experiment, experiment.current, others)
        if conflict is not None:
            raise conflict
