"""What `demo` creates before the runtime starts: a folder with a generated type."""

import json
import re
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from shlex import quote
from typing import Final
from urllib.parse import unquote, urlsplit

from geo_scaffold.answers import Answers
from geo_scaffold.checkout.target import RUNTIME, find_checkout
from geo_scaffold.edition import available_editions, edition_for, kinds_of
from geo_scaffold.errors import ConflictError, MissingExtraError, UsageError, WriteError
from geo_scaffold.kinds import KINDS, OWN_CLASSES
from geo_scaffold.records import dataclass
from geo_scaffold.verbs.new.planning import plan_with
from geo_scaffold.verbs.new.selection import EVERYTHING
from geo_scaffold.verbs.plan import write

MODEL: Final = "CoolWidget"
_PROJECT: Final = "geo-scaffold"
# In a database URL; and a requirement as `importlib.metadata` has it: `celery>=5; extra == "runtime"`.
_PASSWORD: Final = re.compile(r"passw(or)?d=", re.IGNORECASE)
_REQUIREMENT: Final = re.compile(r"(?P<name>[A-Za-z0-9._-]+).*;.*extra == ['\"](?P<extra>[^'\"]+)['\"]")


@dataclass(frozen=True)
class GeneratedType:
    """A generated type.

    Attributes:
        module: The name of its package.
        path: The folder that holds the package.
    """

    module: str
    path: Path


def check_extra(*extras: str, is_installed: Callable[[str], bool] | None = None) -> None:
    """Check that the dependencies of extras of this project are installed, without importing them.

    Args:
        extras: Their names.
        is_installed: Tells whether a distribution is installed; by default in this environment.

    Raises:
        MissingExtraError: Something is missing.
    """
    installed = is_installed or _is_installed
    needs = [match for line in metadata.requires(_PROJECT) or () if (match := _REQUIREMENT.match(line))]
    missing = sorted({match["name"] for match in needs if match["extra"] in extras and not installed(match["name"])})
    if missing:
        raise MissingExtraError(
            f"the reference runtime needs {', '.join(missing)}",
            remedy=install_command(metadata.distribution(_PROJECT).read_text("direct_url.json"), extras),
        )


def install_command(origin: str | None, extras: Sequence[str]) -> str:
    """Return the command that installs extras of this project from where the project itself was installed.

    Args:
        origin: The installer's record of that (PEP 610, `direct_url.json`), or None for an index.
        extras: Their names.
    """
    origin_data = json.loads(origin or "{}")
    folder = Path(unquote(urlsplit(origin_data.get("url", "")).path))
    is_folder = "dir_info" in origin_data and folder.is_dir()
    option = "-e " if is_folder and origin_data["dir_info"].get("editable") else ""
    wanted = f"{folder if is_folder else _PROJECT}[{','.join(extras)}]"
    return f"pip install {option}{quote(wanted)}"


def refuse_password(option: str, url: str | None) -> None:
    """Refuse a URL with a password in an argument, which everybody on the machine can see.

    Args:
        option: The option.
        url: Its value, if given.

    Raises:
        UsageError: There is a password in it.
    """
    parts = urlsplit(url or "")
    if parts.password is not None or _PASSWORD.search(parts.query):
        raise UsageError(
            f"the URL of {option} has a password in it, which everybody on this machine can see",
            remedy=f"Give it as {option} env:NAME, a variable of the environment, or as {option} file:PATH",
        )


def make_type(kind: str, folder: Path, *, now: str) -> GeneratedType:
    """Generate a type into a folder.

    Args:
        kind: The kind of the type.
        folder: The folder, which must be empty or not exist.
        now: The timestamp of its migrations.

    Raises:
        UsageError: The folder is in a GitLab checkout, which is no place for this.
        ConflictError: Something is in the folder.
        WriteError: It cannot be created.
    """
    if find_checkout(folder.absolute()):
        raise UsageError(f"{folder} is in a GitLab checkout", remedy="Choose another folder, or give none")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConflictError("the folder is not empty", path=str(folder), remedy="Choose another folder, or give none")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(
            f"the folder cannot be made: {error.strerror}",
            path=str(folder),
            remedy="Choose another folder, or give none",
        ) from error
    plan = plan_with(_answers(kind), folder, None, given=None, now=now, selection=EVERYTHING)
    write(plan, durable=False)
    return GeneratedType(plan.names["runtime_package"], plan.target.root / RUNTIME)


def _answers(kind: str) -> Answers:
    """Return the answers for a demonstration type of a kind: for the default edition, or the first with such types.

    Every demonstration is outside a checkout: if `new` would have to look up a partition, its table is invented too.
    """
    row = KINDS[kind]
    model = f"{OWN_CLASSES}{MODEL}{row.superclass.removeprefix('::')}" if row.superclass else MODEL
    serving = [edition for edition in available_editions() if kind in kinds_of(edition)]
    gitlab = None if edition_for(None) in serving else serving[0]
    return Answers(model=model, kind=kind, owner="project", gitlab=gitlab)


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
