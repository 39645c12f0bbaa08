"""Which models cannot have a type, why, and the line that shows it."""

from typing import Final, NamedTuple

from geo_scaffold.checkout.facts import Facts
from geo_scaffold.checkout.structure import STRUCTURE
from geo_scaffold.kinds import KINDS, OWN_CLASSES

_TRACKING: Final = "Geo::TrackingBase"
"""What GitLab's registries inherit from (ee/app/models/geo/tracking_base.rb)."""


class Refusal(NamedTuple):
    """Why a model cannot have a type.

    Args:
        reason: A sentence without its full stop.
        source: The source, `path:line`, or None if the reason is that nothing was found.
        remedy: What to do, in one sentence.
    """

    reason: str
    source: str | None
    remedy: str


def is_served_elsewhere(facts: Facts) -> bool:
    """Tell whether Geo's own class covers what a record has, instead of the model itself."""
    kind = KINDS.get(str(facts["kind"]))
    return kind is not None and kind.has_own_class and facts.model.partition("::")[0] != OWN_CLASSES.rstrip(":")


def refusal_of(facts: Facts, *, kind: str | None = None) -> Refusal | None:
    """Return why a model cannot have a type, or None if it can.

    Args:
        facts: The facts about it.
        kind: The kind that the user gave, or None.
    """
    if not facts.exists:
        return None
    return _of_class(facts) or _of_content(facts, kind) or _of_key(facts)


def _of_class(facts: Facts) -> Refusal | None:
    if not facts.is_record:
        top = facts.lineage[-1]
        above = f", and neither is {top}" if top != facts.model else ""
        return Refusal(
            f"{facts.model} is not an Active Record class{above}",
            facts.source("file"),
            "Give the class whose records have a table",
        )
    if facts.is_abstract:
        return Refusal(
            f"{facts.model} is abstract: it has no table, and records only of the classes that inherit from it",
            facts.source("file"),
            "Give one of these classes",
        )
    if _TRACKING in facts.lineage:
        return Refusal(
            f"{facts.model} is in the tracking database, and each secondary site has its own",
            facts.source("base_class"),
            "Give a class whose records are on the primary site",
        )
    return None


def _of_content(facts: Facts, kind: str | None) -> Refusal | None:
    by, mounts = facts["replicated_by"], facts.mounts
    what = "Geo replicates each type once; `geo-scaffold checklist` shows what a type is missing"
    if by and mounts and all(mount.records_uploads for mount in mounts) and is_served_elsewhere(facts):
        uploader = mounts[0].uploader
        return Refusal(
            f"the files of {facts.model} are replicated already, as Upload: {uploader} records each in `uploads`,"
            f" which {by} copies"
            if by != "Upload"
            else f"the files of {facts.model} are replicated already, as Upload: {uploader} records each in `uploads`",
            facts.source("replicated_by"),
            what,
        )
    if by:
        return Refusal(f"{facts.model} is replicated already, by {by}", facts.source("replicated_by"), what)
    own = facts.own_mount
    if own and (reason := facts.unwanted.get(own.attribute)) and kind is None:
        return Refusal(
            f"the files of {facts.model} are documented as not to be replicated: {reason.text}",
            reason.source,
            "Give --kind if they are to be replicated anyway",
        )
    if facts["kind"] is None and kind is None:
        return Refusal(
            f"{facts.model} has neither a file nor a repository of its own: neither the class, what it includes nor its"
            " parents mount an uploader or include HasRepository",
            facts.source("file"),
            "Give --kind if its records do have one",
        )
    return None


def _of_key(facts: Facts) -> Refusal | None:
    table = facts.table
    if table is None:
        return None
    key = table.primary_key
    if table.partitioned:
        return Refusal(
            f"{table.name} is partitioned by {table.partitioned}: a foreign key of the states' table"
            " cannot refer to one of its rows by one column",
            f"{STRUCTURE}:{table.line}",
            "Types for such tables are written by hand, like that of Ci::JobArtifact",
        )
    if key is None:
        return Refusal(f"{table.name} has no primary key", f"{STRUCTURE}:{table.line}", "Add one first")
    if len(key.columns) > 1:
        shown = ", ".join(key.columns)
        return Refusal(
            f"the primary key of {table.name} is ({shown}), and the states' table refers to one column",
            f"{STRUCTURE}:{key.line}",
            "Types for such tables are written by hand, like that of Ci::JobArtifact",
        )
    return None
