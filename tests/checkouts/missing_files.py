"""What the small checkouts lack of what the editions write into, as a sentence for whoever has added that."""

from checkouts import CHECKOUTS
from geo_scaffold.answers import Answers
from geo_scaffold.edition import Artifact, Op, available_editions, context_for, load_manifest
from geo_scaffold.kinds import of_models
from geo_scaffold.names.inflector import Inflector


def missing_files() -> list[str]:
    """Return what has to be added, one sentence each; empty if every entry has its file."""
    return [sentence for edition in available_editions() for sentence in _missing_in(edition)]


def _missing_in(edition: str) -> list[str]:
    if edition not in CHECKOUTS:
        return [f"add tests/checkouts/gitlab-{edition}: a small tree of that version, with invented types"]
    artifacts, files = load_manifest(edition), CHECKOUTS[edition]
    created = {path for artifact in artifacts if artifact.op is Op.CREATE for path in _paths(artifact)}
    return [
        f"add tests/checkouts/gitlab-{edition}/{path} in the shape of GitLab's, with an invented type and the place"
        f" where `{artifact.id}` has its entry"
        for artifact in artifacts
        if artifact.op is not Op.CREATE
        for path in sorted(_paths(artifact) - created - files.keys())
    ]


def _paths(artifact: Artifact) -> set[str]:
    """Return the paths of an artifact in its own form, for the model that tests generate; of entries, if it has any."""
    found = set()
    for kind in of_models():
        answers = Answers("CoolWidget", kind=kind, timestamp="20230101000000")
        context = context_for(answers, answers.names(Inflector.gitlab()))
        if artifact.asked_of(kind):
            targets = (
                target for target in artifact.targets_for(context) if artifact.op is Op.CREATE or not target.whole
            )
            found |= {artifact.fill(target.path, context) for target in targets}
    return found
