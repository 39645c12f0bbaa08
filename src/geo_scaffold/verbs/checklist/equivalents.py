"""What people wrote differently from the templates, so that no locator finds it.

Only for types that were not generated: each looks for something with the purpose of the artifact.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from geo_scaffold.checkout.loose_keys import PATH as LOOSE_KEYS
from geo_scaffold.checkout.loose_keys import LooseKeys
from geo_scaffold.checkout.migrations import DATABASES
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.checkout.structure import STRUCTURE, Structure
from geo_scaffold.outline import Outline

Otherwise = Callable[[Mapping[str, Any], Sources], str | None]
"""Returns how something is done in another way, or None if it is not."""

_CONCERNS: Final = ("ee/app/models/concerns", "app/models/concerns", "ee/app/models", "app/models")
# Methods of spec/support/helpers/stub_object_storage.rb, as specs call them.
_STUB: Final = re.compile(r"\bstub_\w*object_storage(?:_uploader)?\b")
_GUARDED: Final = "ee/app/models/ee/repository.rb"


def included(path: str, sources: Sources, underscore: Callable[[str], str]) -> Outline:
    """Return the constructs of the modules that a file includes.

    Args:
        path: The file.
        sources: The files.
        underscore: Turns a constant into a path, as Rails does.
    """
    found: list[Outline] = []
    for construct in sources.outline(path).calls("include", "extend", "prepend"):
        name = construct.shown.partition(" ")[2].lstrip(":")
        scope = construct.key.scope.split("::")
        modules = ("::".join([*scope[:depth], name]) for depth in range(len(scope), -1, -1))
        files = (f"{folder}/{file}.rb" for file in map(underscore, modules) for folder in _CONCERNS)
        if file := next((each for each in files if each != path and sources.exists(each)), None):
            found.append(sources.outline(file))
    return Outline().and_of(*found)


def _object_storage(context: Mapping[str, Any], sources: Sources) -> str | None:
    own = sources.outline(context["model_file"])
    every = own.and_of(included(context["model_file"], sources, context["underscore"]))
    store = every.constant("STORE_COLUMN")
    if store and any(call.key.first == "ObjectStorable" for call in every.calls("include")):
        return f"as `{store.shown}`" + ("" if store.key in own else ", from a module that it includes")
    return None


def _stub(context: Mapping[str, Any], sources: Sources) -> str | None:
    helper = sources.text("spec/support/helpers/stub_object_storage.rb") or ""
    for key in ("factory", "name", "name_plural", "param_key", "param_key_plural", "table"):
        if f"def stub_{context[key]}_object_storage" in helper:
            return f"as `stub_{context[key]}_object_storage`"
    for folder in ("ee/spec/models/ee", "ee/spec/models"):
        if found := _STUB.search(sources.text(f"{folder}/{context['model_path']}_spec.rb") or ""):
            return f"the model's spec uses `{found[0]}`"
    return None


def _updated_event(context: Mapping[str, Any], sources: Sources) -> str | None:
    method = next(iter(sources.outline(_GUARDED).methods("log_geo_updated_event")), None)
    last = context["model_path"].rpartition("/")[2]
    for name in (context["name"], context["param_key"], last):
        # A call there, such as `widget.widget_repository&.geo_handle_after_update`, or any on the type's record.
        if method and re.search(rf"\.{name}(?:&?\.|\b)\w*geo_handle_after_update|\.{name}&?\.", method.text):
            return f"through `{name}`"
    return None


def _troubleshooting(context: Mapping[str, Any], sources: Sources) -> str | None:
    """Look for the type under its own name, if its model has another one."""
    page = sources.text("doc/administration/geo/replication/troubleshooting/synchronization_verification.md") or ""
    registry = context["registry_class"].lstrip(":")
    own = registry.removeprefix("Geo::").removesuffix("Registry")
    # An item of the lists of registries on that page.
    return f"as `{own}`" if all(re.search(rf"- `{each}`$", page, re.MULTILINE) for each in (registry, own)) else None


def _own_directive(context: Mapping[str, Any], sources: Sources) -> str | None:
    # In ee/app/graphql/types/geo/*_registry_type.rb.
    found = re.search(r"^[ \t]*(authorize_granular_token\b.*)$", sources.text(context["type_file"]) or "", re.MULTILINE)
    return f"as `{found[1].rstrip(',')}` in {context['type_file']}" if found else None


def _filled_key(context: Mapping[str, Any], sources: Sources) -> str | None:
    """Look for what fills a copied sharding key: a trigger in the schema, or the classes when a record is created.

    `Geo::PackagesDebianProjectComponentFileState` copies it before validation, and its model in bulk inserts.
    """
    column = context["key"].column
    for trigger in _structure(sources.text(STRUCTURE) or "").triggers(context["state_table"]):
        # The function of a trigger: `SELECT "project_id" INTO NEW."project_id"`, or an assignment.
        if re.search(rf'\bINTO NEW\."?{column}\b|\bNEW\."?{column}"? :=', trigger.function):
            return f"by the trigger {trigger.name}, {STRUCTURE}:{trigger.line}"
    if re.search(rf"\bself\.{column} (?:\|\|)?=", sources.text(context["state_file"]) or ""):
        return f"by {context['state_class']}, {context['state_file']}"
    return None


def _held_key(context: Mapping[str, Any], sources: Sources) -> str | None:
    """Look for the constraint on a copied sharding key; for some GitLab replaced foreign keys by loose ones."""
    column, state_table = context["key"].column, context["state_table"]
    table = _structure(sources.text(STRUCTURE) or "").table(state_table)
    for reference in table.references if table else ():
        if reference.columns == (column,):
            return f"by the foreign key in {STRUCTURE}:{reference.line}"
    if line := LooseKeys(sources).line(state_table, column):
        return f"by the loose foreign key in {LOOSE_KEYS}:{line}"
    return _added_key(state_table, column, sources)


def _added_key(table: str, column: str, sources: Sources) -> str | None:
    """Look for a foreign key in the migration that creates a table: GitLab's generator adds it there."""
    # `add_concurrent_foreign_key :cool_widget_states, :projects, column: :project_id`, also over several lines.
    added = re.compile(
        rf"^[ \t]*add_concurrent_foreign_key[ (]\s*:{table},\s+:\w+,\s+column: :{column}\b", re.MULTILINE
    )
    for folder in DATABASES[0]:
        for name in sources.folder(folder):
            if name.endswith(f"_create_{table}.rb"):
                path = f"{folder}/{name}"
                text = sources.text(path) or ""
                if found := added.search(text):
                    return f"by the foreign key in {path}:{text.count(chr(10), 0, found.start()) + 1}"
    return None


def _indexed_id(context: Mapping[str, Any], sources: Sources) -> str | None:
    """Look for what makes the `id` of a partition unique; some of GitLab's migrations of states do it themselves."""
    table = _structure(sources.text(STRUCTURE) or "").table(context["table"])
    keys = (table.unique if table else ()) + ((table.primary_key,) if table and table.primary_key else ())
    line = next((key.line for key in keys if key.columns == ("id",)), None)
    return f"by the unique index in {STRUCTURE}:{line}" if line else None


@lru_cache(maxsize=1)
def _structure(text: str) -> Structure:
    return Structure(text)


def _filled_keys(context: Mapping[str, Any], sources: Sources) -> str | None:
    filled = [_filled_key({**context, "key": key}, sources) for key in context["state_keys"]]
    return "\n".join(filter(None, filled)) if all(filled) else None


EQUIVALENTS: Final[Mapping[str, Otherwise]] = {
    "included-store": _object_storage,
    "indexed-id": _indexed_id,
    "filled-key": _filled_key,
    "filled-keys": _filled_keys,
    "held-key": _held_key,
    "other-stub": _stub,
    "other-reader": _updated_event,
    "own-directive": _own_directive,
    "own-name": _troubleshooting,
}
"""By the name in a manifest; `edition.vocabulary` describes each."""
