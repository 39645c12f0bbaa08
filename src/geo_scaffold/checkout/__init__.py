"""The only reader of a GitLab tree: facts about a model, each with the line it comes from. It only reads.

- target: where a verb works, a checkout or a folder; overrides: whose templates apply there
- sources: the files of a tree, read once; fingerprint: what was read, so that a report can be cached while it is valid
- inflections: whose inflections apply; initializer: those that a checkout declares
- ruby: the declarations in the classes of a file; literals: the value of a piece of Ruby
- constants: where a class is, by the rules of the autoloader; classes: what Ruby would run for it
- dictionary, structure, loose_keys: tables, keys and references; tables: which table a class has
- mounts, repositories: what a record has; replicators, unwanted: what is replicated already, or should not be
- sharing: which classes share an uploader; partitions: which class reads a partition of `uploads`
- factories: what builds records in specs; lazy_set: a set that is filled only as far as needed
- migrations: their versions; databases: which one a table is in; schemas: whether its tables need a sharding key
- sharding: the sharding keys of the model's table, which the states table copies
- facts: all of that for one model; refusal: which models cannot have a type, and why
- types: types that were not generated; other_places: where else an artifact may be
- lookup: from facts to answers and names: missing answers come from the checkout
"""

from typing import TYPE_CHECKING, Final

from geo_scaffold.lazy_imports import importing

if TYPE_CHECKING:
    from geo_scaffold.checkout.facts import FACT_OPTIONS, Checkout, Fact, Facts
    from geo_scaffold.checkout.fingerprint import Fingerprint
    from geo_scaffold.checkout.inflections import Inflections, inflections_for
    from geo_scaffold.checkout.lookup import LookedUp, is_ee_only, look_up, names_in, spellings_of, surroundings_of
    from geo_scaffold.checkout.refusal import Refusal, refusal_of
    from geo_scaffold.checkout.sources import Files, Read, Sources
    from geo_scaffold.checkout.types import as_it_is_there

__all__ = [
    "FACT_OPTIONS",
    "Checkout",
    "Fact",
    "Facts",
    "Files",
    "Fingerprint",
    "Inflections",
    "LookedUp",
    "Read",
    "Refusal",
    "Sources",
    "as_it_is_there",
    "inflections_for",
    "is_ee_only",
    "look_up",
    "names_in",
    "refusal_of",
    "spellings_of",
    "surroundings_of",
]

_MODULES: Final = {
    "FACT_OPTIONS": "facts",
    "Checkout": "facts",
    "Fact": "facts",
    "Facts": "facts",
    "Files": "sources",
    "Inflections": "inflections",
    "Read": "sources",
    "Refusal": "refusal",
    "Fingerprint": "fingerprint",
    "Sources": "sources",
    "LookedUp": "lookup",
    "as_it_is_there": "types",
    "inflections_for": "inflections",
    "is_ee_only": "lookup",
    "look_up": "lookup",
    "names_in": "lookup",
    "spellings_of": "lookup",
    "surroundings_of": "lookup",
    "refusal_of": "refusal",
}

__getattr__ = importing(__name__, _MODULES)
