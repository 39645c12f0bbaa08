"""The verdict on a decision: by evidence in files, by what settles it, or by a person's tick."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from geo_scaffold.checkout.schemas import requires_key
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.edition import Artifact
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.outline import Construct, Method, Outline, outline_ruby
from geo_scaffold.verbs.checklist.equivalents import included
from geo_scaffold.verbs.checklist.items import State, Verdict

Evidence = Callable[[Inflector | None, Mapping[str, Any], Sources], Verdict | None]
"""Returns the evidence in the files for a decision, given the inflector of the names, or None."""

_SCOPES: Final = ("replicables_for_current_secondary", "selective_sync_scope")
"""The methods that select the records of a secondary site, old and current."""
# Text of ee/spec/models/**/*_spec.rb.
_SELECTIVE: Final = re.compile(rf"\.(?:{'|'.join(_SCOPES)})\b|selective sync", re.IGNORECASE)
"""The text in a spec that tests them."""
# The placeholder of `new`, and those of GitLab's issue templates (.gitlab/issue_templates/Geo Replicate a new *.md).
_UNWRITTEN: Final = re.compile(
    r"raise\s*+(?:\(\s*+)?NotImplementedError|This issue template does not help you|This template does not help you"
)
_REFERENCES: Final = ("doc/api/graphql/reference/_index.md", "doc/api/graphql/reference/index.md")
_OPENAPI: Final = ("doc/api/openapi/openapi_v2.yaml", "doc/api/openapi/openapi_v3.yaml")
_UNSHARDED: Final = "spec/lib/gitlab/organizations/sharding_key_spec.rb"
EVIDENCE_FILES: Final = (*_REFERENCES, *_OPENAPI, _UNSHARDED)
"""The shared files by which decisions are judged."""
_ISSUE: Final = "https://gitlab.com/gitlab-org/gitlab/-/work_items/NUMBER"


class Located(NamedTuple):
    """A method of the model: its source, and where it is."""

    source: str
    path: str
    line: int


def _scope_method(inflector: Inflector | None, context: Mapping[str, Any], sources: Sources) -> Located | None:
    for path in dict.fromkeys((context["ee_model_file"], context["model_file"])):
        if sources.text(path) is None or sources.breakage(path):
            continue
        whole = sources.outline(path)
        if inflector:
            whole = whole.and_of(included(path, sources, inflector.underscore))
        if method := _scope_in(whole):
            return Located(method.text, path, method.line)
    return None


def scope_lines(text: str) -> str:
    """Return the method that selects the records of a secondary site; empty if there is none.

    Args:
        text: The model, or its mixin.
    """
    method = _scope_in(outline_ruby(text))
    return method.text if method else ""


def _scope_in(outline: Outline) -> Construct[Method] | None:
    return next((method for method in outline.methods(*_SCOPES) if method.key.is_static), None)


def _selective_sync(inflector: Inflector | None, context: Mapping[str, Any], sources: Sources) -> Verdict | None:
    method = _scope_method(inflector, context, sources)
    if method is None:
        return None
    statements = [line.strip() for line in method.source.splitlines()[1:-1] if line.strip()]
    code = [line for line in statements if not line.startswith("#")]
    is_placeholder = bool(code) and code[0].startswith("raise") and bool(_UNWRITTEN.search(method.source))
    if is_placeholder or not code or "template does not help you" in method.source:
        return Verdict(State.MISSING, "the method is still the placeholder", "", method.path, method.line)
    return Verdict(State.DONE, "", "", method.path, method.line)


def _selective_sync_spec(_inflector: Inflector | None, context: Mapping[str, Any], sources: Sources) -> Verdict | None:
    for path in (
        f"ee/spec/models/ee/{context['model_path']}_spec.rb",
        f"ee/spec/models/{context['model_path']}_spec.rb",
    ):
        text = sources.text(path) or ""
        if _SELECTIVE.search(text):
            return Verdict(State.DONE, "", "", path)
    return None


def _graphql_reference(_inflector: Inflector | None, context: Mapping[str, Any], sources: Sources) -> Verdict | None:
    name = f"`{context['graphql_type']}`"
    for path in _REFERENCES:
        content = sources.read(path)  # of megabytes, so it is not decoded
        if content is not None:
            if name.encode() in content:
                return Verdict(State.DONE, "", "", path)
            return Verdict(State.MISSING, f"{name} is not in the reference", "", path, 1)
    return None


def _released_reference(_inflector: Inflector | None, context: Mapping[str, Any], sources: Sources) -> Verdict | None:
    for path in _REFERENCES:
        text = sources.text(path)
        heading = f"##### `GeoNode.{context['graphql_field_camel']}`"
        at = (text or "").find(heading)
        if text is None or at < 0:
            continue
        section = text[at : text.find("\n####", at + len(heading))]
        # What `render_deprecation` in tooling/graphql/docs/helper.rb writes, as a list since GitLab 19.
        if re.search(r"^(?:- )?(?:\*\*)?Status(?:\*\*)?: (?:Experiment|Alpha)", section, re.MULTILINE):
            line = text.count("\n", 0, at) + 1
            return Verdict(State.MISSING, "the reference still calls the field experimental", "", path, line)
        return Verdict(State.DONE, "", "", path)
    return None


def _openapi(_inflector: Inflector | None, context: Mapping[str, Any], sources: Sources) -> Verdict | None:
    word = f"{context['status_prefix']}_verified_count"
    found = None
    for path in _OPENAPI:
        content = sources.read(path)  # of megabytes, so it is not decoded
        if content is None:
            continue
        if word.encode() not in content:
            return Verdict(State.MISSING, f"`{word}` is not in it", "", path, 1)
        found = found or Verdict(State.DONE, "", "", path)
    return found


def _sharding_key(_inflector: Inflector | None, context: Mapping[str, Any], sources: Sources) -> Verdict | None:
    """Judge like GitLab's own spec: the table has a key or an exemption; a desired key needs an issue."""
    table = context["state_table"]
    path = f"db/docs/{table}.yml"
    text = sources.text(path) or ""
    # Keys of db/docs/*.yml.
    if re.search(r"^sharding_key:", text, re.MULTILINE):
        return Verdict(State.DONE, "", "", path)
    schema = re.search(r"^gitlab_schema:[ \t]*['\"]?(\w+)", text, re.MULTILINE)
    if schema and requires_key(schema[1], sources) is False:
        line = text.count("\n", 0, schema.start()) + 1
        return Verdict(State.DONE, f"tables of {schema[1]} need none", "", path, line)
    is_exempted = f"'{table}'" in (sources.text(_UNSHARDED) or "")
    exemption = f"In {_UNSHARDED}, in `allowed_to_be_missing_sharding_key`:\n'{table}', # {_ISSUE}"
    wish = re.search(r"^(?:desired_sharding_key|sharding_key_issue_url):", text, re.MULTILINE)
    issue, has_issue = f"Add to {path}:\nsharding_key_issue_url: {_ISSUE}", "\nsharding_key_issue_url:" in text
    lines = {exemption: is_exempted, issue: wish is None or has_issue}
    missing = [each for each, is_there in lines.items() if not is_there]
    if not missing:
        return Verdict(State.DONE, "exempted, with an issue" if has_issue else "exempted", "", _UNSHARDED)
    if wish:
        message = "a `desired_sharding_key` needs an issue and an exemption, until the table has a `sharding_key`"
        return Verdict(State.MISSING, message, "\n\n".join(missing), path, text.count("\n", 0, wish.start()) + 1)
    if schema is None or not requires_key(schema[1], sources):
        return None
    message = "the table has no sharding key, and is not exempt from one"
    command = f"geo-scaffold new {context['model']} --sharding-key COLUMN"
    return Verdict(State.MISSING, message, f"{command}\n\n{exemption}", path, 1)


def _registerable(_inflector: Inflector | None, context: Mapping[str, Any], sources: Sources) -> Verdict | None:
    """Judge like the union of registries when it loads: a replicator has a GraphQL type, or declares it has none."""
    path, type_file = context["replicator_file"], context["type_file"]
    override = next(iter(sources.outline(path).methods("graphql_registerable?")), None)
    if sources.text(path) is None:
        return None
    if sources.exists(type_file):
        # The body of the method in a replicator, alone on its line.
        if override is None or not re.search(r"^[ \t]*false[ \t\r]*$", override.text, re.MULTILINE):
            return Verdict(State.DONE, "", "", type_file)
        message = f"`graphql_registerable?` is still false, though {type_file} is there"
        return Verdict(State.DIFFERS, message, f"Take `graphql_registerable?` out of {path}", path, override.line)
    if override is not None:
        return Verdict(State.DONE, "the replicator says that there is no GraphQL type", "", path)
    message = f"{type_file} is not there, so `RegistrableType` cannot be loaded"
    remedy = f"In {path}, until the type is there:\ndef self.graphql_registerable?\n  false\nend"
    return Verdict(State.MISSING, message, remedy, path, 1)


EVIDENCE: Final[Mapping[str, Evidence]] = {
    "scope-method": _selective_sync,
    "scope-examples": _selective_sync_spec,
    "documented-type": _graphql_reference,
    "stable-field": _released_reference,
    "documented-count": _openapi,
    "registerable": _registerable,
    "key-or-exemption": _sharding_key,
}
"""By the name in a manifest; `edition.vocabulary` describes each."""


def is_shown_done(
    artifact: Artifact, inflector: Inflector | None, context: Mapping[str, Any], sources: Sources
) -> bool:
    """Tell whether the files show that a decision was made.

    Args:
        artifact: The decision.
        inflector: The inflector of the names.
        context: What templates may use.
        sources: The files.
    """
    verdict = EVIDENCE[artifact.evidence](inflector, context, sources) if artifact.evidence else None
    return verdict is not None and verdict.state is State.DONE
