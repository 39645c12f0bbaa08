"""Types for partitions of `uploads`: from the class whose files a partition holds to the class that reads it.

`uploads` is partitioned by `model_type`: `db/structure.sql` says which partition holds the rows of a class
(`ATTACH PARTITION ... FOR VALUES IN ('AbuseReport')`).
"""

from typing import NamedTuple

from geo_scaffold.answers import Answers
from geo_scaffold.checkout.facts import UPLOADS, Checkout
from geo_scaffold.checkout.structure import STRUCTURE, Partition
from geo_scaffold.errors import InvalidNameError, RefusedError, UndecidedError, UsageError
from geo_scaffold.kinds import KINDS, OWN_CLASSES
from geo_scaffold.records import replace


class PartitionType(NamedTuple):
    """The type for a partition that holds files of a class.

    Args:
        table: The partition.
        line: Where the schema attaches it.
        model: Geo's class that reads it, or None if there is none yet.
    """

    table: str
    line: int
    model: str | None


def types_of(model: str, checkout: Checkout) -> list[PartitionType]:
    """Return the types of the partitions that hold the files of a class, whether they exist yet or not.

    Args:
        model: The class.
        checkout: The reader of the checkout.

    Returns:
        The types; empty if the class has no files in a partition, or the tree has no such types.
    """
    concerns = (kind.concern for kind in KINDS.values() if kind.has_own_class)
    if not any(checkout.sources.exists(concern) for concern in concerns if concern):
        return []
    return [
        PartitionType(table, partition.line, _reading(table, checkout))
        for table, partition in _partitions_of(model, checkout).items()
    ]


def existing_type_of(model: str, checkout: Checkout) -> str | None:
    """Return Geo's class whose type covers the files of another class, or None if there is none.

    Args:
        model: The class whose files these are.
        checkout: The reader of the checkout.

    Raises:
        UndecidedError: There are several.
    """
    found = [type_.model for type_ in types_of(model, checkout) if type_.model]
    if len(found) > 1:
        raise UndecidedError(
            f"the files of {model} are in several partitions of {UPLOADS}, and {' and '.join(found)} read these",
            remedy="Name one of them instead",
        )
    return found[0] if found else None


def remedy_for(model: str, checkout: Checkout) -> str | None:
    """Return what to run instead for a class whose files belong to a partition's type, or None if they do not.

    Args:
        model: The class that cannot have its own type.
        checkout: The reader of the checkout.
    """
    types = types_of(model, checkout)
    if replicated := [type_.model for type_ in types if type_.model]:
        return f"The files are those of {' and '.join(replicated)}: give that class to `checklist`, `release` or `undo`"
    if not types:
        return None
    kind = next(each.name for each in KINDS.values() if each.has_own_class)
    if len(types) == 1:
        return f"Give --kind {kind} for the type of its partition of {UPLOADS}, {types[0].table}"
    tables = " or ".join(f"--table {type_.table}" for type_ in types)
    return f"Give --kind {kind}, and {tables}, for the type of one of its partitions of {UPLOADS}"


def of_partition(answers: Answers, checkout: Checkout | None) -> Answers:
    """Return the answers with Geo's own class for a partition, existing or new, if the kind has such classes.

    Args:
        answers: The user's answers; the model may be the class whose files a partition holds.
        checkout: The reader of the checkout, or None if there is none.

    Raises:
        InvalidNameError: The class is neither below `Geo::` nor known to have files in a partition.
        RefusedError: The tree has no types for partitions, or the class has no partition.
        UndecidedError: Several partitions hold the files of the class, or it is unknown which one a class reads.
        UsageError: There is no checkout.
    """
    kind = KINDS[answers.kind] if answers.kind else None
    if kind is None or not kind.has_own_class or kind.concern is None:
        return answers
    if checkout is None:
        raise UsageError(
            f"a type of the kind {kind.name} can only be generated in a GitLab checkout, which knows the partitions",
            remedy="Point to one with --into",
        )
    if not checkout.sources.exists(kind.concern):
        raise RefusedError(
            f"this GitLab has no types for partitions of {UPLOADS}, as it has no {kind.concern}; nothing was written",
            path=kind.concern,
            remedy="Use GitLab 18.10 or newer; before that, one type covers all of `uploads`",
        )
    model = answers.model.strip().removeprefix("::")
    if model.startswith(OWN_CLASSES) and not checkout.structure.partitions_for(model):
        return _of_own_class(replace(answers, model=model), checkout)
    return _of_parent(replace(answers, model=model), checkout)


def _of_own_class(answers: Answers, checkout: Checkout) -> Answers:
    """Use the partition after which Geo's class is named, unless another one is given."""
    inflector = checkout.inflector
    own = checkout.tables.declared(answers.model)
    name = inflector.underscore(answers.model.removeprefix(OWN_CLASSES))
    called = [table for table, _ in _partitions(checkout) if _name(table, checkout) == name]
    usual = called[0] if len(called) == 1 else inflector.pluralize(name)
    table = answers.table or (own.value if own else usual)
    if not _is_partition(table, checkout):
        raise UndecidedError(
            f"nothing says which partition of {UPLOADS} {answers.model} reads: {STRUCTURE} attaches no {table} to it",
            path=STRUCTURE,
            remedy="Give it with --table, or the class whose files it holds instead of this one",
        )
    return answers.with_defaults(table=table)


def _of_parent(answers: Answers, checkout: Checkout) -> Answers:
    """Use the partition that holds the files of a class, and the class that reads it, by its type or its table."""
    found = _partitions_of(answers.model, checkout)
    if answers.table is not None:
        found = {name: partition for name, partition in found.items() if name == answers.table}
    if not found:
        which = f"partition {answers.table}" if answers.table else "partition"
        error = RefusedError if checkout.constants.exists(answers.model) else InvalidNameError
        raise error(
            f"{answers.model} has no {which} of {UPLOADS}: {STRUCTURE} attaches none for it; nothing was written",
            path=STRUCTURE,
            remedy=f"Give a class whose files are rows of {UPLOADS}, or the class below {OWN_CLASSES} itself",
        )
    if len(found) > 1:
        lines = ", ".join(f"{name} (line {partition.line})" for name, partition in found.items())
        raise UndecidedError(
            f"several partitions of {UPLOADS} hold files of {answers.model}: {lines}",
            path=STRUCTURE,
            remedy="Choose one with --table",
        )
    (table,) = found
    if readers := _reading(table, checkout):
        return replace(answers, model=readers).with_defaults(table=table)
    name = answers.name or _name(table, checkout)
    return replace(answers, model=f"{OWN_CLASSES}{checkout.inflector.camelize(name)}").with_defaults(table=table)


def _name(table: str, checkout: Checkout) -> str:
    """Return the name of a partition's type: from its table, or from the class whose files it holds.

    Its dictionary lists that class, beside `Upload`. GitLab names its types after the table if that has the name of the
    class, with all or some of its namespaces (`achievement_uploads` of `Achievements::Achievement`), and after the
    class otherwise (`group_upload` of `namespace_uploads`, which lists `Group`).
    """
    name, entry = table.removesuffix("s"), checkout.dictionary.entry(table)
    written = {kind.superclass.removeprefix("::") for kind in KINDS.values() if kind.superclass}
    listed = entry.classes if entry else ()
    classes = [model for model in listed if model not in written and not model.startswith(OWN_CLASSES)]
    if len(classes) != 1:
        return name
    inflector = checkout.inflector
    suffix = f"_{UPLOADS.removesuffix('s')}"

    def in_plural(text: str) -> list[str]:
        return list(map(inflector.pluralize, text.split("_")))

    parts = list(map(inflector.underscore, classes[0].split("::")))
    spelled = [in_plural("_".join(parts[at:])) for at in range(len(parts))]
    return name if in_plural(name.removesuffix(suffix)) in spelled else f"{'_'.join(parts)}{suffix}"


def _partitions(checkout: Checkout) -> list[tuple[str, Partition]]:
    """Return the partitions of `uploads`, with their names."""
    return [
        (name, partition) for name, partition in checkout.structure.partitions_for() if _is_partition(name, checkout)
    ]


def _partitions_of(model: str, checkout: Checkout) -> dict[str, Partition]:
    """Return the partitions of `uploads` that hold the files of a class, or of one of its ancestors."""
    return {
        name: partition
        for ancestor in checkout.classes.lineage(model)
        for name, partition in checkout.structure.partitions_for(ancestor)
        if _is_partition(name, checkout)
    }


def _reading(table: str, checkout: Checkout) -> str | None:
    """Return the class with a replicator that reads a partition, or None if there is none."""
    for listed_replicator in checkout.replicators.all:
        declared = checkout.tables.declared(listed_replicator.model)
        if declared and declared.value == table:
            return listed_replicator.model
    return None


def _is_partition(table: str, checkout: Checkout) -> bool:
    """Tell whether a table is a partition of `uploads`, which has a suffix in the schema."""
    partition = checkout.structure.partition(table)
    return partition is not None and (partition.table == UPLOADS or partition.table.startswith(f"{UPLOADS}_"))
