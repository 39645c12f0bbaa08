"""What a checkout says of a model and its name does not: file, kind, table, schema, sharding keys and factory.

The files are read, never run: a declaration that is not a literal on a line of its own is not seen. An answer always
wins over what is looked up, and what was looked up becomes an answer, so that a later run and `undo` use the same.
"""

import re
from dataclasses import replace
from typing import Final, NamedTuple

from geo_scaffold.answers import Answers
from geo_scaffold.edition import OWNER_KEYS, Surroundings
from geo_scaffold.kinds import DEFAULT, KINDS, kind_having
from geo_scaffold.names import Names
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.names.spellings import IDENTIFIER, SNAKE
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.around import Read, factory_file, mounts, surroundings_of, text_of

_TABLE_NAME: Final = re.compile(r"^ *self\.table_name = ['\":](\w+)['\"]?", re.MULTILINE)
_PREFIX: Final = re.compile(r"^ *def self\.table_name_prefix\s+['\"](\w*)['\"]", re.MULTILINE)
_FACTORY: Final = re.compile(r"^ *factory[ (]:(\w+)(.*)$", re.MULTILINE)
_CLASS: Final = re.compile(r"class: ['\"]?(?:::)?([A-Za-z0-9:]+)")


class LookedUp(NamedTuple):
    """What was found.

    Args:
        answers: The answers, with what was found where nobody answered.
        names: The spellings that follow from them.
        surroundings: What the templates have to know of the checkout.
        notes: What was found and where, for people.
    """

    answers: Answers
    names: Names
    surroundings: Surroundings
    notes: tuple[str, ...] = ()


def look_up(answers: Answers, inflector: Inflector, tree: Tree | None) -> LookedUp:
    """Look up what the name of a model does not say.

    Args:
        answers: What the user answered.
        inflector: Whose rules apply.
        tree: The checkout; None: there is none, so nothing is looked up.

    Raises:
        InvalidNameError: No Geo class could be built on the model.
        ReadError: A file cannot be read.
        UsageError: An override contradicts another option.
    """
    names = names_in(answers, inflector, tree.read if tree else None)
    if tree is None:
        return LookedUp(answers.with_defaults(kind=DEFAULT), names, Surroundings())
    has_own_class = KINDS[answers.kind or DEFAULT].has_own_class
    notes = []
    model = _read(tree, names["model_file"])
    if not model and not has_own_class:
        notes.append(_absence(names, inflector, tree))
    answers, said = _with_kind(answers, model, names["model_file"])
    notes += said
    if names["model_file"] == names["ee_model_file"] and not has_own_class:
        notes.append(f"{answers.model} is in {names['model_file']} only: Geo's code goes into the class itself")
    given = answers.spellings or {}
    is_table_open = answers.table is None and "table" not in given and not has_own_class
    if is_table_open and (found := _table(names, inflector, tree)):
        table, where = found
        if table != names["table"]:
            answers = answers.with_defaults(table=table)
            notes.append(f"the table is {table}, by {where}")
    path, text = factory_file(names, tree.read)
    if not path and "model_path_plural" not in given:
        path, text = _factory_of_class(names, tree)
    if not path:
        text = _read(tree, f"ee/spec/factories/{names['model_path_plural']}.rb")
    if path and path != names["model_path_plural"]:
        answers = replace(answers, spellings={**given, "model_path_plural": path})
        notes.append(f"the factory is in spec/factories/{path}.rb")
    if answers.factory is None and "factory" not in given and (factory := _factory(names, text)):
        answers = answers.with_defaults(factory=factory)
        file = f"spec/factories/{path}.rb" if path else f"ee/spec/factories/{names['model_path_plural']}.rb"
        notes.append(f"the factory is {factory}, by {file}")
    names = names_in(answers, inflector, tree.read)
    around = surroundings_of(names, tree.read)
    if around.gitlab_schema:
        notes.append(f"the schema is {around.gitlab_schema}, by db/docs/{names['table']}.yml")
    elif _read(tree, names["model_file"]):
        notes.append(f"db/docs has nothing about {names['table']}: give the table with --table if it is another one")
    if answers.owner is None:
        notes += [
            f"{names['table']} belongs to {key.table}, by {key.column}: perhaps --owner {owner}"
            for owner, usual in OWNER_KEYS.items()
            for key in around.owner_keys
            if key.table == usual.table
        ]
    return LookedUp(answers, names, around, tuple(notes))


def names_in(answers: Answers, inflector: Inflector, read: Read | None) -> Names:
    """Return the spellings of a model in a checkout, where its class may be in `ee/` only.

    Args:
        answers: What the user answered.
        inflector: Whose rules apply.
        read: Reads a file of the checkout; None: there is none.

    Raises:
        GeoScaffoldError: As for `look_up`.
    """
    names = answers.names(inflector)
    if read is None:
        return names
    is_ee_only = not text_of(read, names["model_file"]) and bool(text_of(read, f"ee/{names['model_file']}"))
    return answers.names(inflector, ee_only=True) if is_ee_only else names


def _table(names: Names, inflector: Inflector, tree: Tree) -> tuple[str, str] | None:
    """Return the table as the class or its namespaces declare it, and where; the innermost namespace wins."""
    declared = _TABLE_NAME.search(_read(tree, names["model_file"]))
    if declared and IDENTIFIER.accepts(declared[1]):
        return declared[1], f"`self.table_name` in {names['model_file']}"
    parts = names["model_path"].split("/")
    for depth in range(len(parts) - 1, 0, -1):
        for folder in ("app/models", "ee/app/models"):
            path = f"{folder}/{'/'.join(parts[:depth])}.rb"
            if prefix := _PREFIX.search(_read(tree, path)):
                table = prefix[1] + inflector.tableize(names["model_name"])
                return (table, f"`table_name_prefix` in {path}") if IDENTIFIER.accepts(table) else None
    return None


def _with_kind(answers: Answers, model: str, path: str) -> tuple[Answers, list[str]]:
    """Return the answers with a kind, that of what the class mounts where nobody answered, and what to say of it."""
    notes, mounted = [], mounts(model)
    if answers.kind is None and model:
        answers = answers.with_defaults(kind=kind_having("mounts_uploader") if mounted else DEFAULT)
        why = f"mounts `{mounted[0]}`" if mounted else "mounts no uploader"
        notes.append(f"the kind is {answers.kind}, as {path} {why}: else give --kind")
    if answers.kind and KINDS[answers.kind].mounts_uploader and len(mounted) > 1:
        others = ", ".join(f"`{each}`" for each in mounted[1:])
        notes.append(f"the file of a record is `{mounted[0]}`; {path} mounts {others} as well")
    return answers.with_defaults(kind=DEFAULT), notes


def _absence(names: Names, inflector: Inflector, tree: Tree) -> str:
    """Return what to say of a model that has no file, with those of its folder that are spelled alike."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for this message

    folder, _, name = names["model_file"].rpartition("/")
    there = [each for each in tree.names(folder) if each.endswith(".rb")]
    above = names["model_path"].rpartition("/")[0]
    alike = [
        inflector.camelize(f"{above}/{each.removesuffix('.rb')}".lstrip("/")) for each in get_close_matches(name, there)
    ]
    perhaps = f": perhaps {' or '.join(alike)} is meant" if alike else ""
    return f"there is no {names['model_file']}{perhaps}; if the name is right, the class is still to be written"


def _factory_of_class(names: Names, tree: Tree) -> tuple[str, str]:
    """Return the file beside the usual one with a factory of the model's class, and its text; empty: there is none."""
    folder, _, stem = f"spec/factories/{names['model_path']}".rpartition("/")
    word = stem.rpartition("_")[2]
    for file in tree.names(folder):
        # Of the hundreds of files that are in no folder, only those that are called alike.
        if file.endswith(".rb") and (folder != "spec/factories" or word in file):
            text = _read(tree, f"{folder}/{file}")
            if any((made := _CLASS.search(rest)) and made[1] == names["model"] for _, rest in _FACTORY.findall(text)):
                return f"{folder}/{file}".removeprefix("spec/factories/").removesuffix(".rb"), text
    return "", ""


def _factory(names: Names, text: str) -> str | None:
    """Return the factory that says it makes the model, where that is not the one that FactoryBot would guess."""
    for name, rest in _FACTORY.findall(text):
        made = _CLASS.search(rest)
        if made and made[1] == names["model"] and name != names["factory"] and SNAKE.accepts(name):
            return str(name)
    return None


def _read(tree: Tree, path: str) -> str:
    return text_of(tree.read, path)
