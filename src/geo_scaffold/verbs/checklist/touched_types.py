"""Which types a branch touches."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from geo_scaffold.checkout.other_places import files_elsewhere
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.edition import Artifact, Op, conditions
from geo_scaffold.errors import ReadError
from geo_scaffold.git import Commit, Index
from geo_scaffold.names import Names
from geo_scaffold.receipt import receipt_path
from geo_scaffold.verbs.checklist.decisions import EVIDENCE_FILES
from geo_scaffold.verbs.checklist.differences import different_lines
from geo_scaffold.verbs.checklist.selection import Chosen

_SPECIFIC: Final = (
    *("replicator_class", "registry_class", "registry_table", "state_table", "state_class", "graphql_field"),
    *("graphql_field_camel", "graphql_type", "graphql_enum", "registry_factory", "state_factory", "uploader_class"),
    *("replication_flag", "checksumming_flag"),
)
"""Spellings that only this type has, so that a line with one of them concerns it."""
OF_THE_MODEL: Final = ("{model_file}", "{ee_model_file}", "spec/factories/{model_path_plural}.rb")
"""Files of a model that are not artifacts, but by which artifacts are judged."""
_BY_LINES: Final = (".sql", ".pot")
"""The extensions of files whose lines show, with the first one of their statement, which type they concern."""


class Comparison:
    """The work tree, compared with a commit; each file once.

    Args:
        sources: The files of the work tree.
        commit: The commit.
        left_out: The files that a sparse checkout leaves out; git may have only their ids, in the index.
        index: The index.
    """

    def __init__(self, sources: Sources, commit: Commit, *, left_out: frozenset[str], index: Index) -> None:
        self.sources = sources
        self.before = Sources(commit, "")
        self._commit = commit
        self._left_out = left_out
        self._index = index
        self._different: dict[str, bool] = {}
        self._lines: dict[str, str] = {}

    def differs(self, path: str) -> bool:
        """Tell whether a file has changed, was added or was deleted, ignoring line ends.

        Raises:
            ReadError: Git does not have the objects to tell.
        """
        if path not in self._different:
            self._different[path] = self._differs(path)
        return self._different[path]

    def lines(self, path: str) -> str:
        """Return the changed lines of a file; see `different_lines`. Errors as for `differs`."""
        if path not in self._lines:
            self._lines[path] = different_lines(self._then(path), self.sources.read(path), path)
        return self._lines[path]

    def _differs(self, path: str) -> bool:
        if path in self._left_out:
            return self._commit.id_of(path) != self._index.ids.get(path)
        now = self.sources.read(path)
        if now is None and self.sources.cannot_read(path):
            return True
        if self._commit.holds(path, now):
            return False
        if now is None or b"\r" not in now:
            return True
        try:
            then = self._then(path)
        except ReadError:  # a partial clone does not have it: more than line ends may differ
            return True
        return then is None or _plain(then) != _plain(now)

    def _then(self, path: str) -> bytes | None:
        is_file = self._commit.is_file(path)
        return self._commit.read(path) if is_file else None


class Files(NamedTuple):
    """The files of a type: its own, and those that all types share."""

    own: frozenset[str]
    shared: frozenset[str]


def files_of(chosen: Chosen, artifacts: Iterable[Artifact], *trees: Sources) -> Files:
    """Return the files by which a type is judged.

    Args:
        chosen: The type.
        artifacts: The manifest.
        trees: The trees to search for files with other names.
    """
    subject = chosen.subject
    own, shared = {path.format_map(subject.names) for path in OF_THE_MODEL}, set(EVIDENCE_FILES)
    own.add(receipt_path(subject.names["name"]))
    for artifact in artifacts:
        if not subject.asks(artifact):
            continue
        context = subject.context(artifact.step)
        shared |= conditions.files_of(artifact, context)
        for target in (target for form in artifact.every_form() for target in form.targets_for(context)):
            path = artifact.fill(target.path, context)
            (own if target.whole or artifact.op is Op.CREATE else shared).add(path)
            for tree in trees:
                own.update(files_elsewhere(artifact, target, context, tree))
    none = {""}  # the path of an artifact without its own file
    return Files(frozenset(own - none), frozenset(shared - own - none))


def touched(chosen: Chosen, files: Files, compared: Comparison) -> bool:
    """Tell whether a branch touches a type: one of its own files, or a line about it in a shared file.

    Args:
        chosen: The type.
        files: Its files.
        compared: The changes of the branch.

    Raises:
        ReadError: That cannot be determined.
    """
    if any(map(compared.differs, sorted(files.own))):
        return True
    names = chosen.subject.names
    return any(compared.differs(path) and is_about(names, path, compared.lines(path)) for path in sorted(files.shared))


def maybe_broken(files: Files, compared: Comparison) -> list[str]:
    """Return the shared files that a branch changes in lines that name no type.

    A line that names no type can break one in a shared list: its brackets, its name, what is around it.

    Args:
        files: The files of a type.
        compared: The changes of the branch.
    """
    return [
        path
        for path in sorted(files.shared)
        if compared.differs(path) and (not path.endswith(_BY_LINES) or compared.sources.breakage(path))
    ]


def _plain(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")


def is_about(names: Names, path: str, lines: str, *, as_model: bool = True) -> bool:
    """Tell whether lines of a file concern a type.

    Args:
        names: The spellings of the type.
        path: The file.
        lines: Some of its lines, or all of its text.
        as_model: Whether a line about the model, or its uploader, counts: these exist without the type.
    """
    return re.search("|".join(_words(names, path.rpartition(".")[2], as_model=as_model)), lines) is not None


def _words(names: Names, ending: str, *, as_model: bool) -> Iterator[str]:
    """Yield regular expressions for the whole names in lines about a type.

    Args:
        names: The spellings of the type.
        ending: The extension of the file, without the dot.
        as_model: As above.
    """
    known = [re.escape(names[key]) for key in _SPECIFIC if names[key] and (as_model or key != "uploader_class")]
    yield rf"(?<!\w)(?<!\w::)(?:{'|'.join(known)})(?!\w|::)"
    if ending == "pot":  # the class of a model may be an English word
        titles = "|".join(re.escape(names[key]) for key in ("title", "title_plural"))
        yield rf'"Geo\|(?:{titles})"'
        return
    if ending != "sql":  # the model's own tables and indexes begin like this
        yield rf"(?<!\w)(?:geo_)?{re.escape(names['status_prefix'])}_\w"
    if ending == "rb" and as_model:
        yield rf"(?<!\w)(?<!\w::){re.escape(names['model'])}(?!\w|::)"
