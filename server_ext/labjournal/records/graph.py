"""The metadata of a crate: what happened, in the words of RO-Crate 1.1 and Provenance Run Crate 0.5.

    the notebook           main workflow (File, ComputationalWorkflow, HowTo): its parameters are FormalParameters, its cells HowToSteps
    a cell as it stood     tool (SoftwareApplication), `hasPart` of the workflow
    an execution           CreateAction: instrument the tool, object and result the contents it read and left; metrics, curves and fitted models
                           as PropertyValues (`Made`)
    remote data            MediaObject with `contentUrl`, version as the server named it and SHA-256 where known
    a database             CreativeWork; which of its tables were read and written
    its place in the run   ControlAction: instrument the step, object the execution
    the run                CreateAction of the workflow, result of an OrganizeAction whose instrument is the kernel

Everything has an `@id` that the record itself gives, so the same record makes the same crate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timezone
from pathlib import PurePath
from typing import Any

from rocrate.model.computerlanguage import ComputerLanguage
from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from labjournal.journal.rows import FileUse, Metric
from labjournal.questions.answers import number, plain
from labjournal.questions.metrics import last_values
from labjournal.records import naming
from labjournal.records.cells import cells_of
from labjournal.records.contents import Content, Contents
from labjournal.records.crate_reading import NOTEBOOK
from labjournal.records.elsewhere import Elsewhere, slug
from labjournal.records.fitted import Made
from labjournal.records.page import label
from labjournal.records.parameters import Parameter
from labjournal.records.record import Record, Step, title

__all__ = ["metadata"]

_PROFILES = (
    ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/provenance/0.5", "Provenance Run Crate", "0.5"),
    ("https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0"),
)
# Terms of the run profiles that the context of RO-Crate 1.1 does not know; said here, so that nobody has to fetch theirs.
_TERMS = {
    "environment": "https://w3id.org/ro/terms/workflow-run#environment",
    "sha256": "https://w3id.org/ro/terms/workflow-run#sha256",
}
_STATES = {"ok": "http://schema.org/CompletedActionStatus", "running": "http://schema.org/ActiveActionStatus"}
_FAILED = "http://schema.org/FailedActionStatus"
_DATA_TYPES = {"bool": "Boolean", "int": "Integer", "float": "Float", "str": "Text"}

Entity = Any  # rocrate's own entities are untyped
File = tuple[str, str, str, bytes]
"""Name in the crate, what it is, mime type, content."""


def metadata(
    record: Record, contents: Contents, files: Sequence[File], parameters: Sequence[Parameter], digests: dict[str, str]
) -> Any:
    """The JSON of `ro-crate-metadata.json`; `files` are those that are not contents of the record, `digests` theirs."""
    return _Graph(record, contents, files, parameters, digests).made()


class _Graph:
    def __init__(
        self, record: Record, contents: Contents, files: Sequence[File], parameters: Sequence[Parameter], digests: dict[str, str]
    ) -> None:
        self.record, self.contents, self.files, self.parameters, self.digests = record, contents, files, parameters, digests
        self.crate = ROCrate(version="1.1")
        self.known: dict[str, Entity] = {}
        self.cells = cells_of(record.steps)
        self.entities: dict[int, Entity] = {}
        self.initial, self.final = self._initial(), self._final()
        self.roles = {
            id(content): f"#{kind}-{place}"
            for kind, group in (("output", self.final), ("input", self.initial))
            for place, content in enumerate(group, 1)
        }

    def made(self) -> Any:
        self._root()
        self.fitted = Made(self.record, self._add, self._formal)
        workflow = self._workflow()
        for content in self.contents.known.values():
            self.entities[id(content)] = self._content(content)
        elsewhere = Elsewhere(self.record, self._add)
        tools, steps = self._cells(workflow)
        actions = [self._execution(step, tools[self.cells[step.n]], elsewhere) for step in self.record.steps]
        whole = self._whole(workflow, elsewhere)
        self._session(actions, steps, whole)
        self.crate.root_dataset["mentions"] = [*actions, whole]
        self.crate.metadata.extra_terms.update(_TERMS)
        return self.crate.metadata.generate()

    def _root(self) -> None:
        record, root = self.record, self.crate.root_dataset
        last = record.steps[-1].execution
        root["name"] = f"{title(record)}: record of {'run' if record.address.n is None else 'the result'} {record.address}"
        root["description"] = (
            f"What ran, with which inputs, in which environment, and what came out: {naming.count(len(record.steps), 'execution')} of a Jupyter "
            "notebook, recorded by labjournal while they ran. README.md says how to do it again."
        )
        root["datePublished"] = _time(last.ended or last.started)
        root["conformsTo"] = [
            self._add(identifier, "CreativeWork", name=name, version=version) for identifier, name, version in _PROFILES
        ]
        root["license"] = self._add(
            "#license-not-stated", "CreativeWork", name="No license stated",
            description="Nobody stated under which license this may be used; ask its author.",
        )  # fmt: skip
        self.person = self._add("#person", "Person", name=record.run.user or "unknown")
        root["author"] = self.person

    def _workflow(self) -> Entity:
        language = ComputerLanguage(
            self.crate, "#jupyter-notebook",
            properties={"name": "Jupyter Notebook (Python)", "url": {"@id": "https://jupyter.org/"}, "version": "nbformat 4.5"},
        )  # fmt: skip
        self.crate.add(language)
        workflow: Entity = None
        for name, what, kind, content in self.files:
            facts = {"name": what, "encodingFormat": kind, "contentSize": str(len(content)), "sha256": self.digests[name]}
            if name == NOTEBOOK:
                workflow = self.crate.add_workflow(dest_path=name, main=True, lang=language, properties=facts)
            else:
                entity = self.crate.add_file(dest_path=name, properties=facts)
                if kind == "text/markdown":
                    entity["about"] = self.crate.root_dataset
        workflow._jsonld["@type"] = ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]
        workflow["conformsTo"] = {"@id": "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"}
        workflow["version"] = self.digests[NOTEBOOK][:16]
        workflow["input"] = [*self._formal_parameters(), *self._formal_files("input", self.initial)]
        workflow["output"] = [*self._formal_metrics(), *self.fitted.formal, *self._formal_files("output", self.final)]
        return workflow

    def _formal_parameters(self) -> Iterable[Entity]:
        for one in self.parameters:
            formal = self._formal(f"#parameter-{one.name}", one.name, _DATA_TYPES.get(one.type, "Text"), one.help)
            formal["defaultValue"] = str(one.value)
            self._add(
                f"#value-{one.name}",
                "PropertyValue",
                name=one.name,
                value=plain(one.value) if one.type in _DATA_TYPES else one.literal,
            )
            self.known[f"#value-{one.name}"]["exampleOfWork"] = formal
            yield formal

    def _formal_metrics(self) -> Iterable[Entity]:
        for name in dict.fromkeys(metric.name for metric in self.record.metrics):
            yield self._formal(f"#metric-{slug(name)}", name, "Float", "A number that the executions produced.")

    def _formal_files(self, kind: str, contents: Iterable[Content]) -> Iterable[Entity]:
        for place, content in enumerate(contents, 1):
            yield self._formal(f"#{kind}-{place}", PurePath(content.name).name, "File", content.name)

    def _formal(self, identifier: str, name: str, kind: str, description: str) -> Entity:
        said = {"description": description} if description else {}
        return self._add(
            identifier, "FormalParameter", name=name, additionalType=kind, valueRequired=False,
            conformsTo={"@id": "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"}, **said,
        )  # fmt: skip

    def _initial(self) -> list[Content]:
        """Contents that were read before anything here wrote them."""
        return self._contents_of(self.record.inputs)

    def _final(self) -> list[Content]:
        """What stood at each path that was written when all was done."""
        return self._contents_of(self.record.left)

    def _contents_of(self, uses: Iterable[FileUse]) -> list[Content]:
        return list({id(content): content for content in map(self.contents.of, uses)}.values())

    def _content(self, content: Content) -> Entity:
        facts: dict[str, Any] = {"name": content.name, "encodingFormat": content.kind}
        if content.length is not None:
            facts["contentSize"] = str(content.length)
        if content.sha256:
            facts["sha256"] = content.sha256
        if id(content) in self.roles:
            facts["exampleOfWork"] = self.known[self.roles[id(content)]]
        if content.member is not None:
            return self.crate.add_file(dest_path=content.member, properties=facts)
        # Not among the files of the crate: a thing that is spoken of, known by its digest.
        identifier = f"#content-{content.sha256}" if content.sha256 else f"#file-{slug(content.name)}"
        return self._add(identifier, "MediaObject", description=f"Not included: {content.left_out}.", **facts)

    def _cells(self, workflow: Entity) -> tuple[dict[str, Entity], dict[str, Entity]]:
        """The cells as tools and as steps, in the order in which they first ran."""
        tools: dict[str, Entity] = {}
        steps: dict[str, Entity] = {}
        last = {self.cells[step.n]: step for step in self.record.steps}
        for step in self.record.steps:
            cell = self.cells[step.n]
            latest = last[cell]
            if cell not in tools:
                said = {"name": label(latest), "description": latest.execution.source[:20_000] or "not recorded"}
                digest = latest.execution.source_sha256
                tools[cell] = self._add(
                    f"#cell-{slug(cell)}", "SoftwareApplication", softwareVersion=digest[:16] or "unknown", **said
                )
                steps[cell] = self._add(
                    f"#step-{len(steps) + 1}",
                    "HowToStep",
                    name=label(latest),
                    position=str(len(steps) + 1),
                    workExample=tools[cell],
                )
        workflow["hasPart"] = list(tools.values())
        workflow["step"] = list(steps.values())
        return tools, steps

    def _execution(self, step: Step, tool: Entity, elsewhere: Elsewhere) -> Entity:
        execution = step.execution
        facts: dict[str, Any] = {
            "name": f"Execution {step.n}: {label(step)}",
            "description": execution.source[:20_000] or "not recorded",
            "startTime": _time(execution.started),
            "actionStatus": _STATES.get(execution.status, _FAILED),
            "agent": self.person,
        }
        if execution.ended:
            facts["endTime"] = _time(execution.ended)
        if step.failed:
            facts["error"] = f"{execution.error_name}: {execution.error_value}".strip(": ") or execution.status
        read = [self._entity(self.contents.of(use)) for use in step.read if not use.package]
        left = [self._entity(self.contents.of(use)) for use in step.written if not use.package and not use.deleted]
        shown = [self._entity(self.contents.known[digest]) for digest in _shown(step)]
        read += elsewhere.read(step)
        left += elsewhere.written(step)
        return self._action(
            f"#execution-{step.n}",
            tool,
            read,
            [*left, *shown, *self._values(step.metrics, f"{step.n}-"), *self.fitted.of(step)],
            facts,
        )

    def _whole(self, workflow: Entity, elsewhere: Elsewhere) -> Entity:
        record = self.record
        first, last = record.steps[0].execution, record.steps[-1].execution
        failed = record.address.n is None and all(step.failed for step in record.steps)
        facts = {
            "name": f"Run {record.run.run}",
            "description": f"{naming.count(len(record.steps), 'execution')} in one kernel.",
            "startTime": _time(first.started),
            "endTime": _time(last.ended or last.started),
            "actionStatus": _FAILED if failed else _STATES["ok"],
            "agent": self.person,
            **({"error": "no execution succeeded"} if failed else {}),
        }
        values = [self.known[f"#value-{one.name}"] for one in self.parameters]
        read = [self._entity(content) for content in self.initial]
        left = [self._entity(content) for content in self.final]
        for step in record.steps:
            read += elsewhere.read(step)
            left += elsewhere.written(step)
        left += self.fitted.last()
        return self._action("#run", workflow, [*read, *values], [*left, *self._values(record.metrics, "")], facts)

    def _session(self, actions: Sequence[Entity], steps: dict[str, Entity], whole: Entity) -> None:
        run, environment = self.record.run, self.record.environment
        packages = environment.packages if environment else {}
        kernel = self._add(
            "#kernel", "SoftwareApplication", name=f"Jupyter kernel {run.kernel or 'python3'}", url="https://ipython.org/",
            softwareVersion=f"ipykernel {packages.get('ipykernel', 'of unknown version')}, Python {run.python or 'of unknown version'}",
            description=f"{run.implementation or 'Python'} {run.python} on {run.platform}".strip(),
        )  # fmt: skip
        controls = []
        for step, action in zip(self.record.steps, actions, strict=True):
            control = self._add(f"#control-{step.n}", "ControlAction", name=f"Execution {step.n} of the run", object=action)
            control["instrument"] = steps[self.cells[step.n]]
            controls.append(control)
        organize = self._add(
            "#session", "OrganizeAction", name=f"Session of run {run.run}", agent=self.person, startTime=_time(run.started)
        )
        organize["instrument"], organize["object"], organize["result"] = kernel, controls, whole

    def _action(
        self, identifier: str, tool: Entity, read: Sequence[Entity], left: Sequence[Entity], facts: dict[str, Any]
    ) -> Entity:
        action = self._add(identifier, "CreateAction", instrument=tool, **facts)
        for key, entities in (("object", read), ("result", left)):
            once = list({entity.id: entity for entity in entities}.values())
            if once:
                # A list of one is another shape in JSON-LD, and some readers mind.
                action[key] = once if len(once) > 1 else once[0]
        return action

    def _values(self, metrics: Iterable[Metric], where: str) -> list[Entity]:
        answer = []
        for name, value in last_values(metrics).items():
            entity = self._add(
                f"#metric-value-{where}{slug(name)}",
                "PropertyValue",
                name=name,
                value=number(value) if isinstance(value, float) else value,
            )
            entity["exampleOfWork"] = self.known[f"#metric-{slug(name)}"]
            answer.append(entity)
        return answer

    def _entity(self, content: Content) -> Entity:
        return self.entities[id(content)]

    def _add(self, identifier: str, kind: str, **facts: Any) -> Entity:
        # rocrate looks through all it has for one that is not there; a run may have thousands.
        if identifier not in self.known:
            self.known[identifier] = self.crate.add(ContextEntity(self.crate, identifier, properties={"@type": kind, **facts}))
        return self.known[identifier]


def _time(time: str) -> str:
    """A recorded time as the profiles want it: to the second."""
    at = naming.moment(time, timezone.utc)
    return time if at is None else at.isoformat(timespec="seconds")


def _shown(step: Step) -> list[str]:
    references = (value for output in step.outputs for value in output.data.values() if isinstance(value, dict))
    return list(dict.fromkeys(value["blob"] for value in references if isinstance(value.get("blob"), str)))
