"""The actions on the sites, by a button on the control page or by curl: each action once, by name.

An action does the same to the sites as the script; nothing here knows about HTTP.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import delete, select

from geo_runtime.administration.actions import RESYNC, REVERIFY, bulk_update, update_registry
from geo_runtime.administration.users import User
from geo_runtime.databases.main import GeoNode, GeoNodeNamespaceLink, Namespace, Project
from geo_runtime.demo.stage import Stage
from geo_runtime.errors import UnsupportedEventError
from geo_runtime.site.selective_sync import NAMESPACES
from geo_runtime.testing.databases import PRIMARY, SECONDARY
from geo_runtime.testing.errors import StepError

_MOST_RECORDS: Final = 100
"""How many records one action may create."""
_LONGEST_LAG_S: Final = 7 * 24 * 3600
_ADMINISTRATOR: Final = User("demonstration", is_admin=True)


class ActionError(Exception):
    """An action that is impossible, and why, for the user."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of an action.

    Attributes:
        name: Its name in JSON.
        title: Its name for people.
        default: Its default, or None if it is required.
        least: The smallest number.
        most: The largest one.
        choices: The allowed values; empty for a whole number.
    """

    name: str
    title: str
    default: int | str | None = None
    least: int = 1
    most: int = 2**62
    choices: tuple[str, ...] = ()

    def value(self, given: Mapping[str, Any]) -> Any:
        """Return the given value, or the default.

        Raises:
            ActionError: It is missing or invalid.
        """
        found = given.get(self.name, self.default)
        if found is None:
            raise ActionError(f"{self.name} is missing")
        if self.choices:
            if found not in self.choices:
                raise ActionError(f"{self.name} must be one of {', '.join(self.choices)}")
            return found
        if not isinstance(found, int) or isinstance(found, bool) or not self.least <= found <= self.most:
            raise ActionError(f"{self.name} must be a whole number from {self.least} to {self.most}")
        return found


@dataclass(frozen=True)
class Action:
    """Something that a user may do.

    Attributes:
        name: Its name for programs.
        title: The label of the button.
        tells: What happens, in one sentence.
        act: Does it, and returns what was done.
        parameters: Its parameters.
    """

    name: str
    title: str
    tells: str
    act: Callable[..., str]
    parameters: tuple[Parameter, ...] = field(default=())

    def document(self) -> dict[str, Any]:
        """Return it for the page."""
        return {
            "name": self.name,
            "title": self.title,
            "tells": self.tells,
            "parameters": [
                {
                    "name": parameter.name,
                    "title": parameter.title,
                    "default": parameter.default,
                    "choices": list(parameter.choices),
                }
                for parameter in self.parameters
            ],
        }


def perform(stage: Stage, name: str, given: Mapping[str, Any]) -> str:
    """Do something to the sites; return what was done, for people.

    Args:
        stage: Both sites.
        name: The name of the action.
        given: The values of its parameters.

    Raises:
        ActionError: There is no such action, or it is impossible.
    """
    action = ACTIONS.get(name)
    if action is None:
        raise ActionError(f"there is no action {name!a}: there are {', '.join(ACTIONS)}")
    known = {parameter.name for parameter in action.parameters}
    if unknown := sorted(given.keys() - known):
        raise ActionError(f"{name} takes no {unknown[0]!a}")
    try:
        return action.act(stage, **{parameter.name: parameter.value(given) for parameter in action.parameters})
    except (UnsupportedEventError, StepError) as error:
        raise ActionError(str(error)) from error


def _create(stage: Stage, count: int) -> str:
    made = [stage.create(stage.next_number()).id for _ in range(count)]
    return f"record {made[0]} was created" if count == 1 else f"records {made[0]} to {made[-1]} were created"


def _change(stage: Stage, record: int) -> str:
    stage.change(_record(stage, record))
    return f"the data of record {record} changed on the primary"


def _delete(stage: Stage, record: int) -> str:
    stage.destroy(_record(stage, record))
    return f"record {record} was deleted on the primary"


def _damage(stage: Stage, record: int) -> str:
    found = _record(stage, record)
    registry = stage.registry(found)
    if registry is None or not registry.is_synced:
        raise ActionError(f"the secondary has no copy of record {record} yet")
    try:
        return f"record {record}: {stage.damage(found)}"
    except OSError as error:
        raise ActionError(f"the copy of record {record} cannot be damaged: {error.strerror}") from error


def _again(action: str, stage: Stage, record: int) -> str:
    """Request that a record, or all of them, is synchronised or verified again, as an administrator."""
    if record == 0:
        bulk_update(stage.secondary, _ADMINISTRATOR, stage.kind.names().registry_class, action)
        return f"all registries will be {_AGAIN[action]}, except those that are waiting for it already"
    with stage.secondary.tracking_database().reading() as session:
        registry = stage.kind.registry_class.find(session, record)
    if registry is None:
        raise ActionError(f"the secondary has no registry of record {record}")
    message, errors = update_registry(stage.secondary, _ADMINISTRATOR, registry, action)
    if message is None:
        raise ActionError(" ".join(errors))
    return f"record {record} will be {_AGAIN[action]}"


def _network(stage: Stage, state: str) -> str:
    if (state == "cut") == stage.cable.is_cut:
        raise ActionError(f"the network is {'cut' if stage.cable.is_cut else 'whole'} already")
    if state == "cut":
        stage.cable.cut()
        return "the cable between the sites is cut"
    stage.cable.mend()
    return "the cable between the sites is repaired"


def _lag(stage: Stage, seconds: int) -> str:
    stage.replica.lag = timedelta(seconds=seconds)
    return f"the replica of the main database is {seconds} s behind" if seconds else "the replica catches up"


def _pause(stage: Stage, state: str) -> str:
    with stage.primary.main.session() as session, session.begin():
        session.scalars(select(GeoNode).where(GeoNode.name == SECONDARY)).one().enabled = state == "go"
    return "replication is resumed" if state == "go" else "replication is paused"


def _kill(stage: Stage, site: str) -> str:
    stage.services[site].kill()
    return f"the {site} was killed; it is started again at once"


def _select(stage: Stage, records: str) -> str:
    """Make the secondary keep the records of some groups only, or of all of them again."""
    with stage.primary.main.session() as session, session.begin():
        node = session.scalars(select(GeoNode).where(GeoNode.name == SECONDARY)).one()
        session.execute(delete(GeoNodeNamespaceLink).where(GeoNodeNamespaceLink.geo_node_id == node.id))
        if records == "all":
            node.selective_sync_type = None
            return "the secondary keeps all records"
        namespaces = session.scalars(select(Namespace).join(Project).distinct().order_by(Namespace.id)).all()
        if len(namespaces) < 2:
            raise ActionError("the records of this type belong to no groups, of which some could be selected")
        node.selective_sync_type = NAMESPACES
        half = namespaces[: len(namespaces) // 2]
        session.add_all(GeoNodeNamespaceLink(geo_node_id=node.id, namespace_id=namespace.id) for namespace in half)
        return f"the secondary keeps the records of {len(half)} of {len(namespaces)} groups"


def _record(stage: Stage, record_id: int) -> Any:
    with stage.primary.main.reading() as session:
        found = session.get(stage.kind.model, record_id)
    if found is None:
        raise ActionError(f"the primary has no record {record_id}")
    return found


_AGAIN: Final = {RESYNC: "fetched again", REVERIFY: "verified again"}
_RECORD: Final = Parameter("record", "record")
_ANY_RECORD: Final = Parameter("record", "record; 0: all of them", 0, 0)
ACTIONS: Final[Mapping[str, Action]] = {
    action.name: action
    for action in (
        Action(
            "create",
            "Create",
            "The primary writes the record and an event in one transaction; the secondary reads the event and fetches.",
            _create,
            (Parameter("count", "records", 1, 1, _MOST_RECORDS),),
        ),
        Action(
            "change",
            "Change",
            "The primary publishes an event; the registry goes back to pending, and its checksum no longer counts.",
            _change,
            (_RECORD,),
        ),
        Action(
            "delete",
            "Delete",
            "The primary publishes an event; the secondary removes its copy, and the registry with it.",
            _delete,
            (_RECORD,),
        ),
        Action(
            "damage",
            "Damage the copy",
            "Nobody is told, as with a bad disk. Verification finds it after some days, or at once with Reverify; then"
            " the data are fetched again.",
            _damage,
            (_RECORD,),
        ),
        Action(
            REVERIFY,
            "Reverify",
            "The secondary calculates the checksum of its copy again, and compares it with the primary's. 0 means"
            " every record.",
            partial(_again, REVERIFY),
            (_ANY_RECORD,),
        ),
        Action(
            RESYNC,
            "Resync",
            "The secondary fetches the data again, as after an event, and verifies them again. 0 means every record.",
            partial(_again, RESYNC),
            (_ANY_RECORD,),
        ),
        Action(
            "network",
            "Cut or repair",
            "Synchronisation fails and is retried, less and less often; what was missed arrives after the repair.",
            _network,
            (Parameter("state", "cable", "cut", choices=("cut", "mend")),),
        ),
        Action(
            "lag",
            "Let the replica lag",
            "The secondary sees the main database as it was that long ago, events included, and says so. 0 ends it.",
            _lag,
            (Parameter("seconds", "seconds of the sites' clock", 3600, 0, _LONGEST_LAG_S),),
        ),
        Action(
            "replication",
            "Pause or resume",
            "The primary refuses a paused secondary, with 401. It still reads events; their fetches fail, and are"
            " retried once it resumes.",
            _pause,
            (Parameter("state", "replication", "pause", choices=("pause", "go")),),
        ),
        Action(
            "kill",
            "Kill a site",
            "Like a power cut. It starts again at once: jobs that were running start again, and so do the events, as"
            " the cursor knows that the holder of its lease is dead.",
            _kill,
            (Parameter("site", "site", SECONDARY, choices=(SECONDARY, PRIMARY)),),
        ),
        Action(
            "select",
            "Choose what is kept",
            "Selective sync, of half the groups: registries of records out of scope go, and so do their copies.",
            _select,
            (Parameter("records", "records", "half", choices=("half", "all")),),
        ),
    )
}
"""All actions by name."""
