"""All artifacts of one type, in the order in which people work on them."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from geo_scaffold.answers import NOBODY
from geo_scaffold.checkout.other_places import other_file_for
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.edition import Artifact, Op, Renderer, arranged, owners_of
from geo_scaffold.edition.assembly import stray_of
from geo_scaffold.edition.conditions import Doubt, applicability_in, files_of
from geo_scaffold.edition.manifest import TargetFile
from geo_scaffold.edition.sections import PlacedArtifact
from geo_scaffold.kinds import KINDS
from geo_scaffold.operations import EntryOperation, FileOperation
from geo_scaffold.outline import outline_ruby
from geo_scaffold.phases import Phase
from geo_scaffold.records import dataclass, field
from geo_scaffold.verbs.checklist.created_files import created_verdict
from geo_scaffold.verbs.checklist.decisions import EVIDENCE, scope_lines
from geo_scaffold.verbs.checklist.entries import entry_verdict
from geo_scaffold.verbs.checklist.equivalents import EQUIVALENTS
from geo_scaffold.verbs.checklist.items import OPEN, Item, State, TypeReport, Verdict
from geo_scaffold.verbs.checklist.schema_remedies import altering_remedy, level_of_gaps
from geo_scaffold.verbs.checklist.subject import Subject
from geo_scaffold.verbs.checklist.ticks import Ticks

_NOT_ASKED: Final = Verdict(State.NOT_APPLICABLE)
_VERSIONS: Final = "schema_migrations"


@dataclass(slots=True)
class Audit:
    """The audit of one type.

    Args:
        subject: The type.
        sources: The files.
        artifacts: The manifest.
        renderer: Renders the templates of the edition.
        folder: The type's standalone folder, or None if it is in the checkout.
        ticks: The boxes that people ticked.
        alone: Whether no other type is audited.
        phase: The phase of the work, or None for as far as the type has come.
    """

    subject: Subject
    sources: Sources
    artifacts: tuple[Artifact, ...]
    renderer: Renderer
    folder: Path | None
    ticks: Ticks
    alone: bool
    phase: Phase | None = None
    _verdicts: dict[str, Verdict] = field(default_factory=dict)
    _doubts: dict[str, tuple[Doubt, ...]] = field(default_factory=dict)

    @property
    def standalone(self) -> bool:
        """Whether the tree is a standalone folder, which has no file of GitLab."""
        return self.folder is not None

    def report(self) -> TypeReport:
        """Audit every artifact."""
        subject = self.subject
        wanted = [artifact for artifact in self._in_tree() if artifact.id not in self._verdicts]
        for artifact in wanted:
            if artifact.op is not Op.CONFIRM:
                verdict = self._confirmed(artifact, self._automatic(artifact))
                self._verdicts[artifact.id] = self._named(artifact, verdict)
        for artifact in wanted:
            if artifact.op is Op.CONFIRM:
                self._verdicts[artifact.id] = self._decision(artifact)
        for id_, doubts in self._doubts.items():
            self._verdicts[id_] = _doubted(self._verdicts[id_], doubts)
        reached = self._reached(wanted)
        begun = self._steps_begun(reached)
        return TypeReport(
            model=subject.answers.model,
            name=subject.names["name"],
            title=subject.names["title"],
            kind=subject.kind,
            is_released=subject.is_released,
            items=tuple(self._item(placed, reached, begun) for placed in arranged(subject.edition, self.artifacts)),
            folder=self.folder,
            prefix=self.sources.prefix,
        )

    def _in_tree(self) -> list[Artifact]:
        """Return the artifacts that the type needs, in the forms that the tree shows.

        Those that the tree does not need get their verdict, and undecided conditions are remembered.
        """
        found, reading = {}, None if self.standalone else self.sources
        for artifact in self.artifacts:
            if self.subject.asks(artifact) and artifact.needed_for(self.subject.context()):
                wanted = applicability_in(artifact, reading, self.subject.context(artifact.step))
                found[artifact.id] = wanted.artifact
                if refusal := wanted.refusal:
                    verdict = Verdict(
                        State.NOT_APPLICABLE, f"not asked for: {refusal.what}", "", refusal.path, refusal.line
                    )
                    self._verdicts[artifact.id] = verdict
                if wanted.doubts:
                    self._doubts[artifact.id] = wanted.doubts
        self.artifacts = tuple(found.get(each.id, each) for each in self.artifacts)
        return list(found.values())

    def is_open_in(self, paths: Collection[str]) -> bool:
        """Tell whether anything that the type needs in some files is open; only that is audited.

        Args:
            paths: The files, in GitLab's tree.
        """
        for artifact in self._in_tree():
            context = self.subject.context(artifact.step)
            asked = {artifact.fill(target.path, context) for target in artifact.targets_for(context)} | files_of(
                artifact, context
            )
            if artifact.op is Op.CONFIRM or asked.isdisjoint(paths):
                continue
            verdict = self._verdicts.get(artifact.id) or self._automatic(artifact)
            if _doubted(verdict, self._doubts.get(artifact.id, ())).state in OPEN:
                return True
        return False

    def _item(self, placed: PlacedArtifact, reached: frozenset[Phase], begun: frozenset[str]) -> Item:
        artifact = placed.artifact
        verdict = self._verdicts.get(artifact.id, _NOT_ASKED)
        if verdict.state in {*OPEN, State.CONFIRM} and not (artifact.phase in reached and artifact.step in begun):
            verdict = verdict._replace(state=State.PENDING, line=None)
        elif verdict.state in OPEN and verdict.place is not None:
            verdict = verdict._replace(line=verdict.place() or verdict.line)
        text = next(iter(artifact.boxes.values()), artifact.note or artifact.id)
        return Item(
            id=artifact.id,
            title=artifact.fill(text, self.subject.context()),
            phase=artifact.phase,
            level=verdict.level or artifact.level,
            state=verdict.state,
            path=verdict.path,
            line=verdict.line,
            message=verdict.message,
            remedy=verdict.remedy,
            section=placed.section.name,
            findings=verdict.all_findings(),
        )

    def _steps_begun(self, reached: frozenset[Phase]) -> frozenset[str]:
        """Return the steps to audit: for a type that people write by hand, those begun."""
        if self.subject.is_generated or self.subject.is_released or self.phase is not None:
            return frozenset(artifact.step for artifact in self.artifacts)
        automatic = [artifact for artifact in self.artifacts if artifact.op is not Op.CONFIRM]
        creating = {artifact.step for artifact in automatic if artifact.op is Op.CREATE}
        begun = {
            artifact.step
            for artifact in automatic
            if (artifact.op is Op.CREATE or artifact.step not in creating)
            and self._verdicts.get(artifact.id, _NOT_ASKED).state in {State.DONE, State.DIFFERS}
        }
        steps = {artifact.step for artifact in automatic}
        others = {
            artifact.step for artifact in self.artifacts if artifact.step not in steps and artifact.phase in reached
        }
        return frozenset({*begun, *others, self.artifacts[0].step})

    def _named(self, artifact: Artifact, verdict: Verdict) -> Verdict:
        """Add the actual name to the verdict on something with another name than the model's."""
        usual = self.subject.usual
        if usual is None or verdict.state is not State.DONE or verdict.message:
            return verdict
        context = self.subject.context(artifact.step)
        usually = {**context, **usual}
        if not artifact.needed_for(usually):
            return verdict
        if verdict.path and verdict.path not in artifact.paths_for(usually):
            return verdict._replace(message=f"as {verdict.path}")
        for target in artifact.targets_for(context):
            if target.template and not target.whole and artifact.op is Op.ENSURE:
                line = self.renderer.render(target.template, target.values(context)).strip()
                if "\n" not in line and line != self.renderer.render(target.template, target.values(usually)).strip():
                    return verdict._replace(message=f"as `{line}`")
        return verdict

    def _reached(self, wanted: Iterable[Artifact]) -> frozenset[Phase]:
        if self.phase is not None:
            in_order = tuple(Phase)
            return frozenset(in_order[: in_order.index(self.phase) + 1])
        reached = {Phase.SCHEMA}
        if self.subject.is_released:
            reached |= {Phase.IMPLEMENTATION, Phase.RELEASE}
        if any(
            artifact.op is Op.CREATE
            and artifact.phase is Phase.IMPLEMENTATION
            and self._verdicts[artifact.id].state is not State.MISSING
            for artifact in wanted
        ):
            reached.add(Phase.IMPLEMENTATION)
        return frozenset(reached)

    def _automatic(self, artifact: Artifact) -> Verdict:
        subject, prefix = self.subject, self.sources.prefix
        context = subject.context(artifact.step)
        verdicts = []
        for operation in subject.operations(artifact, self.renderer, prefix=prefix, sources=self.sources):
            path = operation.path.removeprefix(prefix)
            if isinstance(operation, FileOperation):
                verdicts.append(self._whole(artifact, path, operation.content.decode(), context))
            elif isinstance(operation, EntryOperation):
                is_schema = path.endswith(".sql")  # in which only the table matters
                if not operation.snippet.strip():
                    verdicts.append(Verdict(State.CONFIRM, "this kind has its own", "", path))
                    continue
                target = artifact.target_at(path, context)
                actual = (other_file_for(artifact, target, context, self.sources) if target else None) or path
                verdict = entry_verdict(artifact, operation, actual, subject, self.sources, standalone=self.standalone)
                if verdict.state in OPEN and not subject.made(artifact):
                    verdict = self._in_other_words(artifact, verdict, context)
                if is_schema and verdict.state is State.DIFFERS and not subject.made(artifact):
                    remedy = altering_remedy(artifact, operation, actual, subject, self.sources, renderer=self.renderer)
                    level = level_of_gaps(operation, self.sources.text(actual) or "")
                    verdict = verdict._replace(remedy=remedy or verdict.remedy, level=level)
                verdicts.append(verdict)
        return _joined(verdicts)

    def _in_other_words(self, artifact: Artifact, verdict: Verdict, context: Mapping[str, Any]) -> Verdict:
        """Look for an entry that people wrote differently."""
        if artifact.freely_worded:
            return verdict._replace(
                state=State.CONFIRM, message="people word this freely; look for it", line=None, place=None
            )
        if artifact.equivalent:
            look = EQUIVALENTS[artifact.equivalent]
            underscore = self.subject.inflector.underscore if self.subject.inflector else str.lower
            if where := look({**context, "underscore": underscore}, self.sources):
                return Verdict(State.DONE, where, "", verdict.path)
        return verdict

    def _whole(self, artifact: Artifact, path: str, content: str, context: Mapping[str, Any]) -> Verdict:
        target = artifact.target_at(path, context)
        actual = other_file_for(artifact, target, context, self.sources) if target else None
        actual = actual or self._stray(artifact, context)
        if actual is None and target and (schema := self._squashed(artifact, target, context)):
            how = "squashed into" if "/init_" in schema else "its migration has another name; the table is in"
            return Verdict(State.DONE, f"{how} {schema}", "", schema)
        if actual is None and target and not self.subject.made(artifact):
            look = EQUIVALENTS[artifact.equivalent] if artifact.equivalent else None
            if look and (where := look(target.values(context), self.sources)):
                return Verdict(State.DONE, where)
            if target.item is not None and not look and self._is_supposed(target.item.column, path):
                return Verdict(State.DONE, "", "", path)  # another artifact covers the migration itself
        if path.rpartition("/")[0].endswith(f"/{_VERSIONS}"):
            return self._version(artifact, path, content)
        return created_verdict(artifact, path, content, self.subject, self.sources, actual=actual)

    def _is_supposed(self, column: str, path: str) -> bool:
        """Tell whether no known migration of a sharding key has the version of a file."""
        known = (version for (key, _), version in self.subject.key_versions.items() if key == column)
        return path.rpartition("/")[2].partition("_")[0] not in known

    def _stray(self, artifact: Artifact, context: Mapping[str, Any]) -> str | None:
        """Return where a person moved a created file, as recorded by a later run, or None."""
        record = stray_of(artifact, self.subject.recorded, [context], self.sources.prefix)
        path = record.path.removeprefix(self.sources.prefix) if record else None
        return path if path and self.sources.exists(path) else None

    def _version(self, artifact: Artifact, path: str, content: str) -> Verdict:
        """Audit the file that records that a migration has run; its content is a digest of its name."""
        text = self.sources.text(path)
        remedy = self.subject.command(artifact) or next(iter(artifact.commands.values()), "")
        if broken := self.sources.breakage(path):
            return Verdict(State.DIFFERS, broken.what, broken.command(self.sources.prefix + path), path, broken.line)
        if text is None:
            return Verdict(State.MISSING, "the file is not there", remedy, path, 1)
        if text.strip() != content.strip():
            remedy = f"In {path}, instead of what is there:\n{content}"
            return Verdict(State.DIFFERS, "is not the digest of the version", remedy, path, 1)
        return Verdict(State.DONE, "", "", path)

    def _squashed(self, artifact: Artifact, target: TargetFile, context: Mapping[str, Any]) -> str | None:
        """Return the schema into which a removed migration was squashed.

        A hand-written one may have any name, so its table identifies it; a generated one has its own.
        """
        folder = artifact.fill(target.path, context).rpartition("/")[0]
        schema, _, last = folder.rpartition("/")
        if target.table is None or last not in {"migrate", "post_migrate", _VERSIONS}:
            return None
        table = context[target.table]
        is_theirs = not self.subject.made(artifact)
        names = ("init_structure.sql", "structure.sql") if is_theirs else ("init_structure.sql",)
        for name in names:
            if f"CREATE TABLE {table} (" in (self.sources.text(f"{schema}/{name}") or ""):
                return f"{schema}/{name}"
        return None

    def _decision(self, artifact: Artifact) -> Verdict:
        context = self.subject.context(artifact.step)
        command = next(iter(artifact.commands.values()), "")
        inflector = self.subject.inflector
        evidence = EVIDENCE[artifact.evidence](inflector, context, self.sources) if artifact.evidence else None
        if evidence is not None and evidence.state is not State.CONFIRM:
            if evidence.state is State.DONE:
                return evidence
            return evidence._replace(remedy=evidence.remedy or self._method(artifact, evidence) or command)
        if settled := next((answer for answer in artifact.settled_by if self._is_settled(answer)), None):
            return Verdict(State.DONE, f"settled by {'--' * (settled == 'owner')}{settled}")
        remedy = command
        if artifact.example and not remedy and KINDS[self.subject.kind].is_generated:
            remedy = f"For example:\n{self.renderer.render(artifact.example, context).rstrip()}"
        return self._confirmed(artifact, evidence or Verdict(State.CONFIRM, "", remedy))

    def _method(self, artifact: Artifact, verdict: Verdict) -> str:
        """Return the method that remains to be written, in the form for records with an owner; empty if none."""
        shown_by = next((each for each in self.artifacts if each.id == artifact.shown_by), None)
        if shown_by is None:
            return ""
        owners = self.subject.answers.owners or owners_of(self.subject.surroundings.owner_keys) or ("project",)
        subject = self.subject.owned_by(owners)
        for operation in subject.operations(shown_by, self.renderer, prefix=self.sources.prefix):
            texts = [operation.content.decode()] if isinstance(operation, FileOperation) else []
            if isinstance(operation, EntryOperation):
                texts = [part.snippet for part in operation.parts]
            if lines := next(filter(None, map(scope_lines, texts)), ""):
                of_whom = " and ".join(f"{owner}s" for owner in owners)
                whose = "for any record" if NOBODY in owners else f"for records of {of_whom}"
                return f"In {verdict.path}, instead of the method on line {verdict.line}, here {whose}:\n{lines}"
        return ""

    def _confirmed(self, artifact: Artifact, verdict: Verdict) -> Verdict:
        """Return a verdict that needs a person as confirmed, if the box is ticked."""
        is_told = verdict.state is State.CONFIRM and self.ticks.confirm(
            self.subject.names["name"], artifact.id, alone=self.alone
        )
        return verdict._replace(state=State.CONFIRMED, message="ticked", remedy="") if is_told else verdict

    def _is_settled(self, by: str) -> bool:
        """Tell whether an answer was given, or an artifact is unchanged since it was generated."""
        if by == "owner":
            return self.subject.answers.owner is not None
        verdict = self._verdicts.get(by)
        if verdict is None or verdict.state is not State.DONE or not verdict.path.endswith(".rb"):
            return False
        artifact = next(each for each in self.artifacts if each.id == by)
        for operation in self.subject.operations(artifact, self.renderer, prefix=self.sources.prefix):
            if not isinstance(operation, FileOperation):  # entries in a file of somebody else, who owns the rest
                return False
            rendered = operation.content.decode()
            text = self.sources.text(verdict.path)
            if text != rendered and set(self.sources.outline(verdict.path)) != set(outline_ruby(rendered)):
                return False
        return True


def _doubted(verdict: Verdict, doubts: tuple[Doubt, ...]) -> Verdict:
    """Add undecided conditions to a verdict; an unreadable file is a finding, whatever else is done."""
    broken = next((doubt for doubt in doubts if doubt.said.command), None)
    messages = "\n".join(dict.fromkeys(filter(None, [verdict.message, *(doubt.message for doubt in doubts)])))
    findings = (*verdict.all_findings(), *(doubt.message for doubt in doubts))
    if broken and verdict.state not in OPEN:
        evaluation = broken.said
        return Verdict(State.DIFFERS, messages, evaluation.command, evaluation.path, evaluation.line, findings=findings)
    return verdict._replace(message=messages, findings=findings)


def _joined(verdicts: list[Verdict]) -> Verdict:
    """Return the verdict on several files together, with the place of the first open one."""
    if len(verdicts) == 1:
        return verdicts[0]
    for states in (OPEN, (State.CONFIRM,)):
        found = [verdict for verdict in verdicts if verdict.state in states]
        if found:
            state = State.DIFFERS if any(verdict.state is State.DIFFERS for verdict in found) else found[0].state
            first = found[0]
            return first._replace(
                state=state,
                message="\n".join(
                    verdict.message if verdict is first else f"{verdict.path}: {verdict.message}"
                    for verdict in found
                    if verdict.message
                ),
                remedy="\n\n".join(dict.fromkeys(verdict.remedy for verdict in found if verdict.remedy)),
                findings=tuple(f"{verdict.path}: {finding}" for verdict in found for finding in verdict.all_findings()),
                level=first.level if all(verdict.level is first.level for verdict in found) else None,
            )
    messages = "\n".join(verdict.message for verdict in verdicts if verdict.message)
    return verdicts[0]._replace(message=messages) if verdicts else Verdict(State.NOT_APPLICABLE)
