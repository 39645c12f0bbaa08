"""Which types are audited."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from geo_scaffold.answers import Answers
from geo_scaffold.checkout import (
    Checkout,
    Facts,
    inflections_for,
    look_up,
    names_in,
    refusal_of,
    surroundings_of,
)
from geo_scaffold.checkout.fingerprint import Fingerprint
from geo_scaffold.checkout.inflections import INITIALIZERS
from geo_scaffold.checkout.overrides import overrides_for
from geo_scaffold.checkout.partitions import existing_type_of
from geo_scaffold.checkout.refusal import Refusal
from geo_scaffold.checkout.sources import Files, Looked, Sources
from geo_scaffold.checkout.target import (
    VERSION,
    Layout,
    Target,
    find_checkout,
    folders_in,
    is_folder,
    is_strange,
    receipts_among,
)
from geo_scaffold.checkout.types import NO_TIME, Clue, clue_of, is_released, timestamps_of
from geo_scaffold.edition import (
    NO_OVERRIDES,
    Overrides,
    Surroundings,
    available_editions,
    edition_for,
    find_overrides,
    load_manifest,
    milestone_of,
    require_version,
)
from geo_scaffold.errors import GeoScaffoldError, ReadError, UsageError
from geo_scaffold.kinds import DEFAULT, kind_having
from geo_scaffold.names import Names
from geo_scaffold.phases import Phase
from geo_scaffold.receipt import FOLDER, Receipt, by_place, receipt_path
from geo_scaffold.records import replace
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.checklist.discovery import subject_of
from geo_scaffold.verbs.checklist.sparse_checkout import SparseCheckout
from geo_scaffold.verbs.checklist.subject import Subject
from geo_scaffold.verbs.checklist.unmerged import Unmerged
from geo_scaffold.verbs.earlier_runs import recorded_versions


class Chosen(NamedTuple):
    """A type, and where to audit it.

    Args:
        subject: The type.
        sources: The files of the audit.
        standalone: Its standalone folder, or None in a checkout.
        overrides: The overrides of templates.
        refusal: Why there is no such type and `new` refuses to generate one, or None.
    """

    subject: Subject
    sources: Sources
    standalone: Path | None
    overrides: Overrides
    refusal: Refusal | None = None


class TypeSelection:
    """The types in and below a folder.

    Args:
        folder: The folder given to the verb, an absolute path.
        files: The files of the checkout, if they are not those on disk.

    Raises:
        GeoScaffoldError: The inflections of the checkout cannot be read, or an override of it cannot be used.
    """

    def __init__(self, folder: Path, files: Files | None = None) -> None:
        checkout = find_checkout(folder)
        self.notes: list[str] = []
        self._checkout = Target(checkout, Layout.CHECKOUT) if checkout else None
        self._whole: SparseCheckout | None = None
        self._version = require_version(self._checkout.gitlab_version or "") if self._checkout else None
        if files:
            self._version = (files.read(VERSION) or b"").decode("utf-8", "replace").strip()
        elif checkout:
            files = self._whole = SparseCheckout(Tree(checkout))
        self.unmerged = Unmerged(checkout if files is self._whole else None)
        self._read = files.read if files else None
        self._sources = Sources(files, "") if files else None
        self._folder = folder
        self._generated: list[Chosen] | None = None
        self._not_usable: dict[str, GeoScaffoldError] = {}
        self.not_audited: GeoScaffoldError | None = None
        self._overrides = NO_OVERRIDES
        if self._sources and not is_strange(self.root):
            self._overrides = find_overrides(self._sources.folder, self._readable)
        self._inflector, notes = inflections_for(Answers(model=""), self._read)
        self._reader = Checkout(self._sources, self._inflector) if self._sources else None
        self.notes += notes

    @property
    def root(self) -> Path:
        """The checkout, or the folder."""
        return self._checkout.root if self._checkout else self._folder

    @property
    def sources(self) -> Sources:
        """The files of the checkout.

        Raises:
            UsageError: This is not a checkout.
        """
        if self._sources is None:
            raise UsageError("--all and --changed need a GitLab checkout", remedy="Give one with --into")
        return self._sources

    @property
    def is_checkout(self) -> bool:
        """Whether it is a checkout of GitLab."""
        return self._checkout is not None

    def edition(self) -> str:
        """Return the edition that fits the checkout, or the default outside of one.

        Raises:
            ManifestError: A manifest cannot be used.
        """
        return edition_for(self._version)

    def unreadable(self) -> str | None:
        """Return why a file of the checkout could not be read, or None if all could."""
        return self._sources.unreadable() if self._sources else None

    def left_out(self) -> list[str]:
        """Return notes about files that a sparse checkout leaves out."""
        return list(self._whole.notes()) if self._whole else []

    def fingerprint(self) -> Fingerprint | None:
        """Return what has been read in the checkout so far, or None if there is none, or not all could be read."""
        if self._sources is None:
            return None
        for path in (VERSION, *INITIALIZERS):  # which other code reads
            self._sources.text(path)
        seen = self._sources.fingerprint()
        return seen and replace(seen, merged=self.unmerged.commit)

    @property
    def can_be_shared(self) -> bool:
        """Whether several processes may audit the types, each reporting only which files it read.

        They would not report how much time the checkout's own templates used, nor what a sparse checkout leaves out.
        """
        return self._whole is not None and self._whole.is_complete and not self._overrides

    def looked(self) -> Looked | None:
        """Return what has been read in the checkout so far, for another process, or None if there is none."""
        return self._sources.looked() if self._sources else None

    def learn(self, looked: Looked | None) -> None:
        """Add what another process has read.

        Args:
            looked: What it has read.
        """
        if self._sources and looked:
            self._sources.learn(looked)

    def generated(self) -> list[Chosen]:
        """Return the types with a receipt, by name.

        Raises:
            GeoScaffoldError: A receipt, or their folder, cannot be read, so it is unknown what was generated.
        """
        chosen = self._with_receipt()
        for error in self._not_usable.values():
            raise error
        return chosen

    def _with_receipt(self) -> list[Chosen]:
        """Return the types whose receipt can be read."""
        if self._generated is None:
            self._generated = []
            for target in self._targets():
                sources = self._sources if target is self._checkout and self._sources else None
                for receipt in self._receipts(target):
                    files = Tree(target.root)
                    tree = sources or Sources(files, target.prefix)
                    overrides = self._overrides if self.is_checkout else overrides_for(target, files)
                    own = None if self.is_checkout else target.root
                    self._generated.append(Chosen(self._of_receipt(receipt, tree), tree, own, overrides))
        return self._generated

    def everything(self) -> list[Chosen]:
        """Return all types of the checkout that can be audited: registered, with a replicator file, or with a receipt.

        Raises:
            UsageError: This is not a checkout.
        """
        found = []
        for each in self.every():
            chosen = self.looked_up(each)
            if isinstance(chosen, Chosen):
                found.append(chosen)
            else:
                self.leave(str(each), chosen)
        return found

    def every(self) -> list[Chosen | str]:
        """Return all types of the checkout: those with a receipt, and the replicable names of the others.

        Raises:
            UsageError: This is not a checkout.
        """
        if self._reader is None:
            self.sources  # noqa: B018 - which says what is needed
        generated = {chosen.subject.names["name"]: chosen for chosen in self.generated()}
        return [*(generated.pop(name, name) for name in self.replicables()), *generated.values()]

    def looked_up(self, each: Chosen | str) -> Chosen | GeoScaffoldError:
        """Return one of them, ready to audit, or why that is impossible."""
        if isinstance(each, Chosen):
            return each
        clue = self._clue(each)
        try:
            return self._sourced(clue)
        except GeoScaffoldError as error:
            return error

    def leave(self, name: str, error: GeoScaffoldError) -> None:
        """Note that a type cannot be audited.

        Args:
            name: The replicable name.
            error: Why.
        """
        self.notes.append(f"{name} cannot be audited: {error.message}")
        self.not_audited = error

    def existing(self, name: str) -> Chosen | None:
        """Return a type of the checkout that is registered or has a replicator file, or None.

        Args:
            name: The replicable name.

        Raises:
            GeoScaffoldError: It cannot be audited.
        """
        if name not in self.replicables():
            return None
        made = (chosen for chosen in self._with_receipt() if chosen.subject.names["name"] == name)
        return next(made, None) or self._sourced(self._clue(name))

    def named(self, models: Sequence[str]) -> list[Chosen]:
        """Return some types, by their models or replicable names; an unknown one is audited as not begun.

        Args:
            models: Active Record classes.

        Raises:
            GeoScaffoldError: A name cannot be that of a type.
        """
        found = (self._named(model.strip().removeprefix("::")) for model in models)
        return list({chosen.subject.names["name"]: chosen for chosen in found}.values())

    def _named(self, model: str) -> Chosen:
        for chosen in self._with_receipt():
            if model in (chosen.subject.answers.model, chosen.subject.names["name"]):
                return chosen
        if self._sources is None:
            raise UsageError(
                f"{model!a} was not generated here, and this is no GitLab checkout",
                remedy=f"Run `geo-scaffold new {model}` first, or give a folder with --into",
            )
        for name in self.replicables():
            clue = self._clue(name)
            if model in (clue.model, clue.name):
                return self._sourced(clue)
        if self._reader and (own := existing_type_of(model, self._reader)):
            self.notes.append(f"The files of {model} are rows that {own} reads, so its type is audited.")
            return self._named(own)
        answers, *_, facts = look_up(Answers(model=model), self._inflector, self._reader)
        clue = self._clue(answers.names(self._inflector)["name"])
        if facts is None:
            return self._sourced(replace(clue, model=model, kind=answers.kind or clue.kind))
        if other := self._replicating(facts) or self._of_its_name(facts, clue):
            return other
        refusal = refusal_of(facts)
        why = f", and `new` refuses it: {refusal.reason} ({refusal.source})" if refusal else ""
        self.notes.append(f"{model} has no replicator here yet; it is audited as one that has not been started{why}.")
        kind = kind_having("mounts_uploader") if facts.mounts else clue.kind
        chosen = self._sourced(replace(clue, model=model, kind=answers.kind or kind))
        return chosen._replace(refusal=refusal if facts.exists else _no_class(model))

    def _replicating(self, facts: Facts) -> Chosen | None:
        """Return the type of another model that replicates what a class has, or None if there is none."""
        for name in self.replicables():
            if facts["replicated_by"] == f"Geo::{self._inflector.camelize(name)}Replicator" and (
                chosen := self.existing(name)
            ):
                by, other = facts["replicated_by"], chosen.subject.answers.model
                self.notes.append(
                    f"{facts.model} has no type of its own: {by} replicates what it has"
                    f" ({facts.source('replicated_by')}), so the type of {other} is audited."
                )
                return chosen
        return None

    def _of_its_name(self, facts: Facts, clue: Clue) -> Chosen | None:
        """Return the type that has the name of a class that does not exist, or None if there is none."""
        if facts.exists or clue.name not in self.replicables():
            return None
        self.notes.append(
            f"There is no class {facts.model}: {clue.name} is the type of {clue.model}, which is audited."
        )
        return self._sourced(clue)

    def _sourced(self, clue: Clue) -> Chosen:
        assert self._reader is not None  # noqa: S101 - for the type checker
        if clue.name in self._not_usable:  # it is unknown what was generated
            raise self._not_usable[clue.name]
        subject = subject_of(clue, self._reader, version=self._version or "")
        return Chosen(subject, self._reader.sources, standalone=None, overrides=self._overrides)

    def replicables(self) -> tuple[str, ...]:
        """Return the replicable names of the types that are registered or have a replicator file."""
        return self._reader.replicators.names if self._reader else ()

    def _clue(self, name: str) -> Clue:
        assert self._reader is not None  # noqa: S101 - for the type checker
        return clue_of(name, self._reader)

    def _readable(self, path: str) -> bytes | None:
        """Return the content of a file that has to be readable."""
        assert self._sources is not None  # noqa: S101 - for the type checker
        content = self._sources.read(path)
        if content is None and (broken := self._sources.breakage(path)):
            raise ReadError(broken.what, path=path, remedy="Make it a file that can be read, or remove it")
        return content

    def _targets(self) -> Iterator[Target]:
        if self._checkout:
            yield self._checkout
            return
        yield Target(self._folder, Layout.STANDALONE)
        for below in folders_in(self._folder):
            if is_folder(below / FOLDER):
                yield Target(below, Layout.STANDALONE)

    def _receipts(self, target: Target) -> Iterator[Receipt]:
        if is_strange(target.root):
            return
        sources = self._sources or Sources(Tree(target.root), "")
        if broken := sources.unreadable_folder(FOLDER):
            raise ReadError(f"{FOLDER} {broken.what}", path=FOLDER, remedy="Make it readable: receipts are in there")
        for name in receipts_among(sources.folder(FOLDER)):
            path = receipt_path(name)
            content = sources.read(path)
            try:
                if content is None and (broken := sources.breakage(path)):
                    raise ReadError(f"{path} {broken.what}", path=path, remedy="Make it readable, or remove it")
                receipt = Receipt.load(content or b"", path)
            except GeoScaffoldError as error:
                self._not_usable[name] = error
                continue
            if receipt.layout == target.layout:
                yield receipt

    def _of_receipt(self, receipt: Receipt, sources: Sources) -> Subject:
        answers = receipt.answers.with_defaults(kind=DEFAULT, timestamp=NO_TIME)
        if milestone := milestone_of(answers.gitlab or self._version):
            answers = answers.with_milestone(Phase, milestone)
        inflector, _ = inflections_for(answers, self._read)
        reader = self._reader
        if reader and inflector != self._inflector:
            reader = Checkout(sources, inflector)
        names = names_in(answers, inflector, reader)
        # A missing one is reported when the type is audited.
        edition = receipt.edition if receipt.edition in available_editions() else self.edition()
        return Subject(
            answers=answers,
            names=names,
            kind=str(answers.kind),
            edition=receipt.edition,
            is_generated=True,
            is_released=is_released(edition, names, sources),
            surroundings=surroundings_of(names, reader, made=receipt.written) if reader else Surroundings(),
            recorded=by_place(receipt.records),
            phases=receipt.phases,
            timestamps=_versions(receipt, edition, names, sources),
            milestone=milestone_of(self._version),
            is_unmerged=self.unmerged,
            inflector=inflector,
        )


def _no_class(model: str) -> Refusal:
    remedy = f"Correct the name, or run `geo-scaffold new {model} --kind KIND` first"
    return Refusal(f"{model} was not generated here, and no file of this checkout defines it", None, remedy)


def _versions(receipt: Receipt, edition: str, names: Names, sources: Sources) -> dict[str, str]:
    """Return the versions of a generated type's migrations, by step, if they differ from the answer."""
    recorded = recorded_versions(receipt.records, load_manifest(edition))
    present = {record.id for record in receipt.records if sources.exists(record.path)}
    versions = {**recorded, **timestamps_of(edition, names, sources, known=present)}
    return {step: version for step, version in versions.items() if version != receipt.answers.timestamp}
