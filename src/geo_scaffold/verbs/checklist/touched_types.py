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
"""Spellings that only this type has, so that a line with one of them is about it."""
OF_THE_MODEL: Final = ("{model_file}", "{ee_model_file}", "spec/factories/{model_path_plural}.rb")
"""Files of a model that are no artifacts, and that artifacts are judged by."""
_BY_LINES: Final = (".sql", ".pot")
"""The ends of files whose lines say, with the one that begins their statement, which type they are about."""


class Comparison:
    """The work tree, compared with a commit; each file once.

    Args:
        sources: The files of the work tree.
        commit: The commit.
        left_out: The files that a sparse checkout leaves out; of these git may have the id only, which the index tells.
        index: What the index has.
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
        """Tell whether a file is another one now, or there was none, or is none; line ends do not count.

        Raises:
            ReadError: Git does not have what it takes to tell.
        """
        if path not in self._different:
            self._different[path] = self._differs(path)
        return self._different[path]

    def lines(self, path: str) -> str:
        """Return the lines in which a file is another one; see `different_lines`. Errors as for `differs`."""
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
        except ReadError:  # a partial clone lacks it: it may differ in more than its line ends
            return True
        return then is None or _plain(then) != _plain(now)

    def _then(self, path: str) -> bytes | None:
        is_file = self._commit.is_file(path)
        return self._commit.read(path) if is_file else None


class Files(NamedTuple):
    """The files of a type: those that are its own, and those that it shares with all types."""

    own: frozenset[str]
    shared: frozenset[str]


def files_of(chosen: Chosen, artifacts: Iterable[Artifact], *trees: Sources) -> Files:
    """Return the files that a type is judged by.

    Args:
        chosen: The type.
        artifacts: The manifest.
        trees: Where files of other names are looked for.
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
    none = {""}  # the path of what people have under no name of its own
    return Files(frozenset(own - none), frozenset(shared - own - none))


def touched(chosen: Chosen, files: Files, compared: Comparison) -> bool:
    """Tell whether a branch touches a type: one of its own files, or a line about it in a file of all types.

    Args:
        chosen: The type.
        files: Its files.
        compared: What the branch changes.

    Raises:
        ReadError: That cannot be told.
    """
    if any(map(compared.differs, sorted(files.own))):
        return True
    names = chosen.subject.names
    return any(compared.differs(path) and is_about(names, path, compared.lines(path)) for path in sorted(files.shared))


def maybe_broken(files: Files, compared: Comparison) -> list[str]:
    """Return the files of all types that a branch changes in a way that its lines do not tell.

    A type can be broken in a list of all types by a line that names none: its brackets, its name, what is around it.

    Args:
        files: Those of a type.
        compared: What the branch changes.
    """
    return [
        path
        for path in sorted(files.shared)
        if compared.differs(path) and (not path.endswith(_BY_LINES) or compared.sources.breakage(path))
    ]


def _plain(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")


def is_about(names: Names, path: str, lines: str, *, as_model: bool = True) -> bool:
    """Tell whether lines of a file are about a type.

    Args:
        names: The spellings of the type.
        path: The file.
        lines: Lines of it, or all of its text.
        as_model: Whether a line about the model, or its uploader, counts: these are there without the type.
    """
    return re.search("|".join(_words(names, path.rpartition(".")[2], as_model=as_model)), lines) is not None


def _words(names: Names, ending: str, *, as_model: bool) -> Iterator[str]:
    """Yield, as regular expressions, what lines about a type hold, each as a whole name.

    Args:
        names: The spellings of the type.
        ending: That of the file, without the dot.
        as_model: As above.
    """
    known = [re.escape(names[key]) for key in _SPECIFIC if names[key] and (as_model or key != "uploader_class")]
    yield rf"(?<!\w)(?<!\w::)(?:{'|'.join(known)})(?!\w|::)"
    if ending == "pot":  # the class of a model may be an English word
        titles = "|".join(re.escape(names[key]) for key in ("title", "title_plural"))
        yield rf'"Geo\|(?:{titles})"'
        return
    if ending != "sql":  # tables and indexes of the model itself begin like this
        yield rf"(?<!\w)(?:geo_)?{re.escape(names['status_prefix'])}_\w"
    if ending == "rb" and as_model:
        yield rf"(?<!\w)(?<!\w::){re.escape(names['model'])}(?!\w|::)"
