"""The manifest of an edition: every artifact once, in the order of the issue template."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from geo_scaffold.edition.templates import templates_root


class Op(StrEnum):
    """What is done for an artifact."""

    CREATE = "create"
    ENSURE = "ensure"
    DERIVE = "derive"
    CONFIRM = "confirm"


class Phase(StrEnum):
    """The merge request that an artifact belongs to."""

    SCHEMA = "schema"
    IMPLEMENTATION = "implementation"
    RELEASE = "release"


class Level(StrEnum):
    """What it costs when the artifact is missing."""

    BREAKING = "breaking"
    TEST = "test"
    DOC = "doc"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One thing that an edition asks for.

    Args:
        id: Stable; reports, `--only`, `--skip` and ticks use it.
        phase: The merge request that it belongs to.
        level: What it costs when it is missing.
        op: What is done for it.
        boxes: The checkboxes of the issue template that it answers, counted from the top.
        kinds: The kinds that ask for it; empty: all of them.
        paths: Where it is, as format strings over the spellings and the timestamp; empty for a decision.
        template: What a created file is rendered from, below the edition's folder.
    """

    id: str
    phase: Phase
    level: Level
    op: Op
    boxes: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    template: str | None = None

    def asked_of(self, kind: str) -> bool:
        """Tell whether a kind asks for this artifact.

        Args:
            kind: `repository` or `blob`.
        """
        return not self.kinds or kind in self.kinds

    def paths_for(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Return the paths for one model, relative to the root of GitLab's tree.

        Args:
            values: The spellings and `timestamp`.
        """
        return tuple(path.format_map(values) for path in self.paths)


def load_manifest(edition: str) -> tuple[Artifact, ...]:
    """Read the manifest of an edition.

    Args:
        edition: The GitLab major version, such as `16`.

    Raises:
        FileNotFoundError: There is no such edition.
        ValueError: The manifest is not TOML, or names an op, phase or level that there is not.
    """
    text = (templates_root() / f"gitlab-{edition}" / "manifest.toml").read_text(encoding="utf-8")
    return tuple(
        Artifact(
            id=entry["id"],
            phase=Phase(entry["phase"]),
            level=Level(entry["level"]),
            op=Op(entry["op"]),
            boxes=tuple(entry.get("boxes", ())),
            kinds=tuple(entry.get("kinds", ())),
            paths=tuple(entry.get("paths", ())),
            template=entry.get("template"),
        )
        for entry in tomllib.loads(text)["artifact"]
    )
