"""Files that say what comes in a later merge request: a migration that disables a cop until its table has a factory.

`new` without a phase writes them for one merge request. If the phases are committed one by one, the first says it, and
the one with the factory takes it back.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from typing import Final, NamedTuple

from geo_scaffold.commit import digest
from geo_scaffold.edition import files_without_and_with_factory
from geo_scaffold.git import Commit
from geo_scaffold.operations.merging import Clash, merge
from geo_scaffold.phases import Phase
from geo_scaffold.receipt import Record, by_place
from geo_scaffold.records import replace
from geo_scaffold.verbs.mr.work import Work
from geo_scaffold.verbs.new.merged import MergedWork

_FACTORY: Final = "state_factory_file"
"""The spelling with the path of the factory that `Migration/EnsureFactoryForTable` looks for."""


class _Early(NamedTuple):
    """A file that comes before the factory of its table.

    Args:
        path: Its path.
        phase: The phase of the file.
        factory: The path of the factory.
        rendered: What is rendered as long as there is no factory.
        alone: The same with what people edited in the work tree.
    """

    path: str
    phase: Phase
    factory: str
    rendered: bytes
    alone: bytes


class BeforeFactory:
    """The files of a commit whose content depends on whether the factory of their table is in it.

    Args:
        work: The work of the phase.
        commit: The commit on which the work is based.
        paths: The paths of the phase.
    """

    def __init__(self, work: Work, commit: Commit, paths: Collection[str]) -> None:
        assert work.found is not None  # noqa: S101 - for the type checker
        files = list(_early_files(work))
        alone = [
            file
            for file in files
            if file.phase is work.phase and file.factory not in paths and not commit.is_file(file.factory)
        ]
        changed = {file.path for file in files if file.factory in paths and commit.holds(file.path, file.alone)}
        with closing(MergedWork(work.found.target, work.found.receipt)) as merged:
            self.merged: Final = frozenset(path for path in changed if merged.is_known_to_have_file(path))
            """The files that are merged as they were without the factory, and stay so."""
        self.completed: Final = frozenset(changed - self.merged)
        """The files of earlier phases to commit as well, because the factory comes now."""
        self.alone: Final[Mapping[str, bytes]] = {file.path: file.alone for file in alone}
        """The files to commit as if there were no factory: with which content."""
        self._rendered: Final = {file.path: digest(file.rendered) for file in alone}

    def notes(self, files: Collection[str]) -> list[str]:
        """Return notes about the files whose content in the commit is not that of the work tree.

        Args:
            files: The files to commit.
        """
        without = "disables a cop until the factory of its table comes, in a later phase"
        return [f"{path} is committed with the comment that {without}." for path in self.alone if path in files] + [
            f"{path} is merged with a comment that may stay: git restore {path}" for path in sorted(self.merged)
        ]

    def record(self, record: Record) -> Record:
        """Return what a receipt records of a file in the commit.

        Args:
            record: What it records of the file in the work tree.
        """
        rendered = self._rendered.get(record.path)
        return record if record.rendered is None or rendered is None else replace(record, rendered=rendered)


def _early_files(work: Work) -> Iterator[_Early]:
    """Yield the files that were generated together with the factory of their table."""
    assert work.found is not None  # noqa: S101 - for the type checker
    recorded = by_place(work.found.receipt.records)
    for artifact in work.artifacts:
        context = work.chosen.subject.context(artifact.step)
        without, together = files_without_and_with_factory(artifact, work.renderer, context)
        factory = str(context[_FACTORY])
        for path, rendered in without.items():
            if rendered == together.get(path, rendered):
                continue
            record, content = recorded.get((artifact.id, path)), work.chosen.sources.read(path)
            if content is None or record is None or record.rendered != digest(together[path]):
                continue
            content = content.replace(b"\r\n", b"\n")  # as in git's commits
            alone = merge(together[path], rendered, content)
            if not isinstance(alone, Clash) and alone != content:
                yield _Early(path, artifact.phase, factory, rendered, alone)
