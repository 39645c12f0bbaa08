"""The only layer that writes to disk: all of a plan, or nothing of it.

It knows bytes, paths and folders, and nothing of Geo. `commit_changes` edits an existing tree, `create_folder` and
`remove_folder` create and delete a whole folder, and `recover` completes or rolls back what a killed run of this user
left. Where things are:

    changes      what is requested, and the result
    confine      which paths are allowed
    effects      the single calls that change the disk, one function each
    files        reading, and the short sequences of effects that the rest is built from
    owners       whose a file is, as Git judges it
    tracked      whether Git tracks a file
    places       where journal and lock are
    lock         one run at a time
    interrupts   signals, deferred to the boundaries between steps
    journal      the record that is on disk before the first change to the tree is
    ends         rolls a journalled tree back, or forward
    seen         compares again what a plan was based on
    transaction  `commit_changes`
    siblings     the hidden folders beside a target, and whether their owner is alive
    folder       `create_folder`, `remove_folder`
    recovery     `recover`, and `unfinished`, which only reports
    single       `write_file`, for a report, which is not part of a plan
    private      the user's own folders for caches and state, outside of every tree
    seal         how a run recognises what this user's runs have written
    cache        what can be made again, stored with a seal
"""

from geo_scaffold.commit.cache import Cache
from geo_scaffold.commit.changes import Change, CommitResult
from geo_scaffold.commit.confine import Root, confine, parts_of
from geo_scaffold.commit.files import digest, fingerprint, read, read_start
from geo_scaffold.commit.folder import create_folder, remove_folder
from geo_scaffold.commit.owners import is_to_trust
from geo_scaffold.commit.preconditions import Preconditions
from geo_scaffold.commit.recovery import Leftovers, Unfinished, recover, unfinished
from geo_scaffold.commit.single_file import descriptor_of, write_file
from geo_scaffold.commit.transaction import commit_changes

__all__ = [
    "Cache",
    "Change",
    "CommitResult",
    "Leftovers",
    "Preconditions",
    "Root",
    "Unfinished",
    "commit_changes",
    "confine",
    "create_folder",
    "descriptor_of",
    "digest",
    "fingerprint",
    "is_to_trust",
    "parts_of",
    "read",
    "read_start",
    "recover",
    "remove_folder",
    "unfinished",
    "write_file",
]
