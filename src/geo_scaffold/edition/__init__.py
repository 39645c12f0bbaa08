"""An edition: what one generation of GitLab asks for, and the templates, rendered for one model.

- manifest: every artifact once, as data
- schema: the keys of a manifest; shapes: the shapes of its values; validation: its mistakes
- vocabulary: the words that it may use
- conditions: whether a checkout needs an artifact, and in which form; predicates: the questions about a file
- checking: checks all of an edition against the schema
- versions: which edition fits which GitLab
- sources: where editions are, and how one builds on another; manifest_cache: parsed manifests of earlier runs
- templates: how the templates are rendered; format_strings: those of a manifest
- template_errors: errors in a template
- overrides: a checkout's own templates; box: the process that renders them
- line_length: wraps lines that a long name makes too long
- context: what a template may use; sharding: the sharding keys of the states table
- editing: the editor of an entry
- missing_parts: which pieces of an entry a file lacks
- assembly: the operations for an artifact
- checklist: CHECKLIST.md; sections: its sections, and the order of the artifacts
- merge_request: the description, commit and labels of each phase's merge request
- article: `a` or `an` before a name

A module is imported on first use: most runs render nothing, and need no template engine.
"""

from typing import TYPE_CHECKING, Final

from geo_scaffold.lazy_imports import importing

if TYPE_CHECKING:
    from geo_scaffold.edition.assembly import files_without_and_with_factory, operations_of
    from geo_scaffold.edition.checklist import CHECKLIST, CHECKLIST_ID, FileResult, Paste, is_settled, render_checklist
    from geo_scaffold.edition.context import NOTHING, Surroundings, context_for, owners_of
    from geo_scaffold.edition.manifest import Artifact, load_manifest, load_runtime, load_steps
    from geo_scaffold.edition.merge_request import MergeRequest, load_merge_request
    from geo_scaffold.edition.overrides import NO_OVERRIDES, Overrides, find_overrides
    from geo_scaffold.edition.sections import arranged
    from geo_scaffold.edition.sharding import OWNER_KEYS, OwnerKey
    from geo_scaffold.edition.sources import kinds_of, templates_root
    from geo_scaffold.edition.templates import Renderer
    from geo_scaffold.edition.versions import (
        available_editions,
        default_edition,
        edition_for,
        is_newer,
        milestone_of,
        newest_checked,
        require_edition,
        require_version,
    )
    from geo_scaffold.edition.vocabulary import Level, Op

__all__ = [
    "CHECKLIST",
    "CHECKLIST_ID",
    "NOTHING",
    "NO_OVERRIDES",
    "OWNER_KEYS",
    "Artifact",
    "FileResult",
    "Level",
    "MergeRequest",
    "Op",
    "Overrides",
    "OwnerKey",
    "Paste",
    "Renderer",
    "Surroundings",
    "arranged",
    "available_editions",
    "context_for",
    "default_edition",
    "edition_for",
    "files_without_and_with_factory",
    "find_overrides",
    "is_newer",
    "is_settled",
    "kinds_of",
    "load_manifest",
    "load_merge_request",
    "load_runtime",
    "load_steps",
    "milestone_of",
    "newest_checked",
    "operations_of",
    "owners_of",
    "render_checklist",
    "require_edition",
    "require_version",
    "templates_root",
]

_MODULES: Final = {
    "CHECKLIST": "checklist",
    "CHECKLIST_ID": "checklist",
    "NOTHING": "context",
    "NO_OVERRIDES": "overrides",
    "OWNER_KEYS": "sharding",
    "Artifact": "manifest",
    "Level": "vocabulary",
    "MergeRequest": "merge_request",
    "Op": "vocabulary",
    "FileResult": "checklist",
    "Overrides": "overrides",
    "OwnerKey": "sharding",
    "Paste": "checklist",
    "Renderer": "templates",
    "Surroundings": "context",
    "arranged": "sections",
    "available_editions": "versions",
    "context_for": "context",
    "default_edition": "versions",
    "files_without_and_with_factory": "assembly",
    "edition_for": "versions",
    "find_overrides": "overrides",
    "is_newer": "versions",
    "is_settled": "checklist",
    "kinds_of": "sources",
    "load_manifest": "manifest",
    "load_merge_request": "merge_request",
    "load_runtime": "manifest",
    "load_steps": "manifest",
    "milestone_of": "versions",
    "newest_checked": "versions",
    "operations_of": "assembly",
    "owners_of": "context",
    "render_checklist": "checklist",
    "require_edition": "versions",
    "require_version": "versions",
    "templates_root": "sources",
}

__getattr__ = importing(__name__, _MODULES)
