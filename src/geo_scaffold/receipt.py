"""The record of what `new` wrote for one model, which people commit and `undo` reads."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from geo_scaffold.errors import GeoScaffoldError, ReceiptError
from geo_scaffold.records import dataclass

if TYPE_CHECKING:  # a cached report is shown without importing it and names
    from geo_scaffold.answers import Answers

FOLDER: Final = ".geo-scaffold"
SCHEMA: Final = 2
"""The schema that is written: each phase has its own answers."""
_READ: Final = (1, SCHEMA)
_SPELLED: Final = " and ".join(map(str, _READ))
# SHA-256, as `hexdigest` writes it.
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_MOST_OF_A_REASON: Final = 200
_MOST_OF_A_PATH: Final = 1000


def receipt_path(name: str) -> str:
    """Return the path of a replicable's receipt, relative to the target's root.

    Args:
        name: The replicable name.
    """
    return f"{FOLDER}/{name}.json"


@dataclass(frozen=True, slots=True)
class Record:
    """One operation that was applied.

    Args:
        id: The artifact's id.
        kind: `create`, `ensure` or `derive`.
        path: The file, relative to the target's root.
        rendered: SHA-256 of what was rendered, for a whole file.
        written: SHA-256 of what was written, if a person had edited the file in between.
        replaced: The earlier content, if it was overwritten or removed; for an entry, the part that was there already.
        outline: SHA-256 of what was rendered, ignoring ticked boxes, for a checklist.
        trace: SHA-256 of the inserted lines, for an entry.
        form: The form of the artifact in the checkout; empty for the usual one.
    """

    id: str
    kind: str
    path: str
    rendered: str | None = None
    written: str | None = None
    replaced: bytes | None = None
    outline: str | None = None
    trace: str | None = None
    form: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What all runs of `new` wrote for one model.

    Args:
        edition: The edition.
        layout: `standalone` or `checkout`.
        answers: The answers; kind and timestamp are always among them.
        phases: The phases that were requested.
        records: What was applied.
        directories: Folders that were created, parents first.
    """

    edition: str
    layout: str
    answers: "Answers"
    phases: tuple[str, ...]
    records: tuple[Record, ...]
    directories: tuple[str, ...] = ()

    @property
    def written(self) -> dict[str, str | None]:
        """The SHA-256 of each file that was created, by path; None for a file that existed."""
        return {record.path: record.rendered for record in self.records}

    def dump(self) -> bytes:
        """Return the receipt as the bytes of its file: no time, no machine, the same bytes for the same run."""
        document = {
            "schema": SCHEMA,
            "edition": self.edition,
            "layout": self.layout,
            "model": self.answers.model,
            "answers": self.answers.given(),
            "phases": self.phases,
            "operations": [_dump_record(record) for record in self.records],
            "directories": self.directories,
        }
        return (json.dumps(document, indent=2) + "\n").encode()

    @classmethod
    def load(cls, content: bytes, path: str) -> "Receipt":
        """Read a receipt.

        Args:
            content: The bytes of the file.
            path: Its path, for messages.

        Raises:
            ReceiptError: It is not a receipt, or one that this version cannot read.
        """
        from geo_scaffold.answers import Answers  # noqa: PLC0415 - as above

        try:
            document = _mapping(json.loads(content))
            if document["schema"] not in _READ:
                raise ReceiptError(
                    f"the receipt has schema {_brief(str(document['schema']))}, this version reads {_SPELLED}",
                    path=path,
                    remedy="Use the version of geo-scaffold that wrote it",
                )
            return cls(
                edition=_text(document["edition"]),
                layout=_text(document["layout"]),
                answers=Answers.recorded(_text(document["model"]), _mapping(document["answers"])),
                phases=tuple(map(_text, _list(document["phases"]))),
                records=tuple(map(_load_record, map(_mapping, _list(document["operations"])))),
                directories=tuple(map(_text, _list(document["directories"]))),
            )
        except ReceiptError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, GeoScaffoldError) as error:
            from geo_scaffold.editors.conflicts import marker_at  # noqa: PLC0415 - as above

            if marker_at(content) is not None:
                raise ReceiptError(
                    "the receipt has merge conflict markers",
                    path=path,
                    remedy="Keep one side entirely, in a merge with git checkout --ours; then run new again",
                ) from error
            reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)[:_MOST_OF_A_REASON]
            if isinstance(error, RecursionError):
                reason = "it is nested too deeply"
            raise ReceiptError(
                f"this is not a receipt: {reason}",
                path=path,
                remedy="Restore it, for example from Git, or move it away",
            ) from error


def by_place(records: Iterable[Record]) -> dict[tuple[str, str], Record]:
    """Index records by id and path."""
    return {(record.id, record.path): record for record in records}


def _dump_record(record: Record) -> dict[str, str]:
    values = {
        "id": record.id,
        "op": record.kind,
        "path": record.path,
        "sha256": record.rendered,
        "written": record.written,
        "outline": record.outline,
        "trace": record.trace,
        "form": record.form or None,
        "replaced": None if record.replaced is None else base64.b64encode(record.replaced).decode(),
    }
    return {key: value for key, value in values.items() if value is not None}


def _load_record(entry: Mapping[str, Any]) -> Record:
    replaced = entry.get("replaced")
    if entry["op"] not in ("create", "ensure", "derive"):
        raise ValueError(f"{_brief(entry['op'])} is no operation")
    return Record(
        id=_short(entry["id"]),
        kind=_text(entry["op"]),
        path=_short(entry["path"]),
        rendered=_digest(entry.get("sha256")),
        written=_digest(entry.get("written")),
        outline=_digest(entry.get("outline")),
        trace=_digest(entry.get("trace")),
        form=_text(entry.get("form", "")),
        replaced=None if replaced is None else base64.b64decode(_text(replaced), validate=True),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{_brief(value)} is not an object")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{_brief(value)} is not a list")
    return value


def _digest(value: object) -> str | None:
    if value is None or (isinstance(value, str) and _DIGEST.fullmatch(value)):
        return value
    raise TypeError(f"{_brief(value)} is not a SHA-256")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{_brief(value)} is not a string")
    if "\0" in value:
        raise ValueError(f"{_brief(value)} has a NUL in it")
    value.encode()  # refuses a lone surrogate
    return value


def _short(value: object) -> str:
    text = _text(value)
    if len(text) > _MOST_OF_A_PATH:
        raise ValueError(f"{_brief(text)} has {len(text)} characters")
    return text


def _brief(value: object) -> str:
    text = str(value) if isinstance(value, (str, int)) else type(value).__name__
    return text[:40] if isinstance(value, int) else ascii(text[:40])
