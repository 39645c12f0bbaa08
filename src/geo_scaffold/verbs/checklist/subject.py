"""One type to audit."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from geo_scaffold.answers import Answers
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.checkout.types import NO_TIME
from geo_scaffold.edition import Artifact, Renderer, Surroundings, context_for, operations_of
from geo_scaffold.edition.sharding import moved_by, with_key_versions, with_version
from geo_scaffold.kinds import KINDS
from geo_scaffold.names import Names
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.operations import Operation
from geo_scaffold.phases import Phase
from geo_scaffold.receipt import Record
from geo_scaffold.records import dataclass, field, replace

SOME_TIME: Final = "YYYYMMDDHHMMSS"
"""The timestamp of a migration that is not written yet."""


@dataclass(frozen=True)
class Subject:
    """One type.

    Args:
        answers: Its answers, as far as known.
        names: Every spelling.
        kind: Its kind, one of `KINDS`; the answers only have kinds that `new` can generate.
        edition: The edition.
        is_generated: Whether it has a receipt, from which the answers come.
        is_released: Whether its feature flag is on by default.
        surroundings: What the checkout has around the model.
        recorded: What earlier runs wrote, by id and path.
        phases: The phases that were generated.
        timestamps: The timestamp of the migrations by step, if it differs from the answer.
        key_versions: The versions of its sharding keys' migrations, by column and name of the version.
        ee_only: Whether the model exists in GitLab EE only.
        inflector: The inflector of the names.
        usual: The spellings that it would have by convention, or None if it has those.
        milestone: The checkout's milestone, required in unmerged files, or None if unknown.
        is_unmerged: Tells whether a file is unmerged; None if that is unknown.
    """

    answers: Answers
    names: Names
    kind: str
    edition: str
    is_generated: bool
    is_released: bool
    surroundings: Surroundings
    recorded: Mapping[tuple[str, str], Record] = field(default_factory=dict)
    phases: tuple[str, ...] = ()
    timestamps: Mapping[str, str] = field(default_factory=dict)
    key_versions: Mapping[tuple[str, str], str] = field(default_factory=dict)
    ee_only: bool = False
    inflector: Inflector | None = field(default=None, compare=False)
    usual: Mapping[str, str] | None = None
    milestone: str | None = None
    is_unmerged: Callable[[str], bool | None] = field(default=lambda _path: None, compare=False)
    _contexts: dict[str, Mapping[str, Any]] = field(default_factory=dict, compare=False)

    def context(self, step: str = "") -> Mapping[str, Any]:
        """Return the values for templates and paths.

        Args:
            step: The step of the artifact; in a hand-written type each step has its own timestamp.
        """
        if step not in self._contexts:
            answers, version = self.answers, self.timestamps.get(step)
            is_time = version is not None and moved_by(version, 0) is not None
            if is_time:
                answers = replace(answers, timestamp=version)
            context = context_for(answers, self.names, surroundings=self.surroundings, kind=KINDS[self.kind])
            # An existing version is used as it is; in GitLab it need not be a time (20251118165189).
            if is_time:
                context = {**context, "timestamp_before": version}
            elif version is not None or answers.timestamp == NO_TIME:
                context = with_version(context, version or SOME_TIME)
            self._contexts[step] = with_key_versions(context, self.key_versions) if self.key_versions else context
        return self._contexts[step]

    def operations(
        self, artifact: Artifact, renderer: Renderer, *, prefix: str, sources: Sources | None = None
    ) -> Iterator[Operation]:
        """Return the operations of an artifact, as in `new`.

        Args:
            artifact: The artifact.
            renderer: Renders its templates.
            prefix: The prefix of a path of GitLab's tree.
            sources: The files from which entries may be derived, or None if only their contents matter.
        """
        return operations_of(
            artifact,
            renderer,
            self.context(artifact.step),
            prefix=prefix,
            recorded=self.recorded,
            derived_from=None if sources is None else lambda path: sources.read(path.removeprefix(prefix)),
        )

    def owned_by(self, owner: str | tuple[str, ...]) -> "Subject":
        """Return the type with another owner."""
        return replace(self, answers=replace(self.answers, owner=owner), _contexts={})

    def asks(self, artifact: Artifact) -> bool:
        """Tell whether its kind needs an artifact."""
        return artifact.asked_of(self.kind)

    def made(self, artifact: Artifact) -> bool:
        """Tell whether an artifact was generated, so that everything in its template is required."""
        return self.is_generated and any(recorded == artifact.id for recorded, _ in self.recorded)

    def command(self, artifact: Artifact) -> str | None:
        """Return the command that makes an artifact, or None if `new` refuses it.

        It does not support every kind, refuses a second migration with an existing name, and has one timestamp for
        both.
        """
        times = set(self.timestamps.values())
        if not KINDS[self.kind].is_generated or self.ee_only or len(times) > 1:
            return None
        verb = "release" if artifact.phase is Phase.RELEASE else "new"
        words = ["geo-scaffold", verb, self.answers.model, "--only", artifact.id]
        if not self.is_generated:
            words += ["--kind", self.kind] if verb == "new" else []
            words += [word for timestamp in times if verb == "new" for word in ("--timestamp", timestamp)]
            given = ((key, self.names[key]) for key in self.names if self.names.origin(key) == "given")
            for key, value in given:
                words += ["--set", f"'{key}={value}'" if " " in value else f"{key}={value}"]
        return " ".join(words)
