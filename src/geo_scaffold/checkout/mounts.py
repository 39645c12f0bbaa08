"""The files of a class: the uploaders it mounts, their attributes, and where each file is recorded.

`mount_file_store_uploader` is GitLab's own (app/models/concerns/file_store_mounter.rb): the attribute is `file`, unless
`file_field:` names another.
"""

from typing import Final

from geo_scaffold.checkout.classes import Classes
from geo_scaffold.checkout.literals import word
from geo_scaffold.checkout.ruby import Declaration
from geo_scaffold.checkout.structure import Table
from geo_scaffold.records import dataclass

_MOUNTS: Final = frozenset({"mount_uploader", "mount_file_store_uploader"})
_RECORDING: Final = "RecordsUploads::Concern"  # app/uploaders/records_uploads.rb
_USUAL: Final = "file"


@dataclass(frozen=True, slots=True)
class Mount:
    """An uploader that a class mounts.

    Args:
        attribute: The attribute that holds the file.
        uploader: The uploader's class, in full.
        store_column: The column that records where a file is stored, or None if the table has none.
        recorded: What makes the uploader write a row of `uploads` for each file, `path:line`, or None if it does not.
        source: Where it is mounted, `path:line`.
        is_defined: Whether the tree has the uploader; if not, its name is as written there.
    """

    attribute: str
    uploader: str
    store_column: str | None
    recorded: str | None
    source: str
    is_defined: bool = True

    @property
    def path(self) -> str:
        """The file that mounts it."""
        return self.source.rpartition(":")[0]

    @property
    def records_uploads(self) -> bool:
        """Whether each file has a row of `uploads`."""
        return self.recorded is not None


class Mounts:
    """The mounts of the classes of a tree.

    Args:
        classes: The classes.
    """

    def __init__(self, classes: Classes) -> None:
        self._classes = classes
        self._recorded: dict[str, str | None] = {}

    def of_class(self, name: str, table: Table | None) -> tuple[Mount, ...]:
        """Return the uploaders that a class mounts, itself or through what it includes or inherits from.

        Args:
            name: Its full name.
            table: Its table, or None if not known.
        """
        found: dict[str, Mount] = {}
        for owner in reversed(self._classes.lineage(name)):
            for declaration in self._classes.body(owner):
                if declaration.name in _MOUNTS and (mount := self._mount(declaration, owner, table)):
                    found[mount.attribute] = mount  # mounted again: the later one wins
        return tuple(found.values())

    def _mount(self, call: Declaration, owner: str, table: Table | None) -> Mount | None:
        arguments = list(call.arguments)
        if call.name == "mount_uploader":
            attribute = word(arguments.pop(0)) if arguments else None
        else:
            given = call.option("file_field")
            attribute = word(given) if given else _USUAL
        if attribute is None:
            return None
        constant = arguments[0] if arguments else ""
        uploader = self._resolved(constant, call, owner)
        mounted_on = call.option("mount_on")
        column = f"{(word(mounted_on) if mounted_on else None) or attribute}_store"
        has_column = table is not None and column in table.columns
        return Mount(
            attribute,
            uploader,
            column if has_column else None,
            self._recording(uploader),
            call.source,
            bool(uploader) and self._classes.constants.exists(uploader),
        )

    def _resolved(self, constant: str, call: Declaration, owner: str) -> str:
        if not constant:
            return ""
        also = self._classes.lineage(call.nesting[0])[1:] if call.nesting else self._classes.lineage(owner)
        return self._classes.constants.resolve(constant, call.nesting, also=also)

    def _recording(self, uploader: str) -> str | None:
        """Return what makes an uploader record its files, `path:line`, or None if it does not."""
        if uploader not in self._recorded:
            taken = self._classes.includes(uploader, _RECORDING) if uploader else None
            self._recorded[uploader] = taken.source if taken else None
        return self._recorded[uploader]
