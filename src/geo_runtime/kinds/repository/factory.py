"""Factories of records with a Git repository."""

import shutil

from geo_runtime.files.git import Repository
from geo_runtime.kinds.factory import RecordFactory, T, refuse
from geo_runtime.kinds.repository.replicator import RepositoryReplicator

BRANCH = "refs/heads/main"
_COMMITTER = b"committer Geo <geo@example.com> 1700000000 +0000\n"


class RepositoryFactory(RecordFactory[T]):
    """Makes records with a Git repository."""

    class Meta:
        abstract = True

    @classmethod
    def create_data(cls, replicator: RepositoryReplicator, number: int) -> None:
        """Make a repository with one commit."""
        repository = replicator.repository()
        refuse(repository.path.exists(), replicator.full_path())
        repository.create()
        commit(repository, f"Number {number}")

    @classmethod
    def change_data(cls, replicator: RepositoryReplicator) -> None:
        """Add a commit."""
        repository = replicator.repository()
        count = int(repository.git("rev-list", "--count", BRANCH))
        commit(repository, f"Change {count}", parent=BRANCH)

    @classmethod
    def damage_data(cls, replicator: RepositoryReplicator) -> str:
        """Lose all branches and objects.

        Geo only compares the references of repositories: lost objects that they still name would not be noticed.
        """
        repository = replicator.repository()
        for line in repository.git("for-each-ref", "--format=%(refname)").decode().split():
            repository.git("update-ref", "-d", line)
        objects = repository.path / "objects"
        for path in objects.iterdir():
            shutil.rmtree(path)
        (objects / "pack").mkdir()
        (objects / "info").mkdir()
        return "all branches and objects were lost"

    @classmethod
    def destroy_data(cls, replicator: RepositoryReplicator) -> None:
        """Remove the repository."""
        shutil.rmtree(replicator.repository().path, ignore_errors=True)


def commit(repository: Repository, text: str, *, reference: str = BRANCH, parent: str | None = None) -> None:
    """Add a commit with one file.

    Args:
        repository: The repository.
        text: The message, and the content of the file.
        reference: The reference for the commit.
        parent: The name of its parent commit, or None.

    Raises:
        GitError: Git failed.
    """
    data = f"{text}\n".encode()
    block = b"data %d\n%s\n" % (len(data), data)
    after = f"from {parent}^0\n".encode() if parent else b""
    stream = b"commit %s\n%s%s%sM 100644 inline README.md\n%s" % (reference.encode(), _COMMITTER, block, after, block)
    repository.git("fast-import", "--quiet", "--date-format=raw", stdin=stream)
