"""Where else what an artifact asks for may be: older names, other folders; by id, as format strings with `*`."""

from collections.abc import Mapping
from typing import Any, Final

from geo_scaffold.checkout.sources import Sources

ELSEWHERE: Final[Mapping[str, tuple[str, ...]]] = {
    "registry-migration": (
        "ee/db/geo/migrate/*_create_{registry_table}.rb",
        "ee/db/geo/migrate/*_create_{name}_registry.rb",
        "ee/db/geo/migrate/*_create_{name_plural}_registry.rb",
    ),
    "states-migration": (
        "db/migrate/*_create_{name}_states.rb",
        "db/migrate/*_create_{state_table}.rb",
        "db/migrate/*_create_{state_table}_table.rb",
    ),
    "model-spec": ("ee/spec/models/{model_path}_spec.rb",),
    "feature-flag": (
        "ee/config/feature_flags/*/{replication_flag}.yml",
        "config/feature_flags/*/{replication_flag}.yml",
    ),
    "release-flag": ("ee/config/feature_flags/*/{replication_flag}.yml",),
    "checksumming-flag": (
        "ee/config/feature_flags/*/{checksumming_flag}.yml",
        "config/feature_flags/*/{checksumming_flag}.yml",
    ),
    "model-factory": (
        "ee/spec/factories/{model_path_plural}.rb",
        "ee/spec/factories/{model_path}.rb",
        "ee/spec/factories/{factory}s.rb",
        "ee/spec/factories/{factory}.rb",
        "ee/spec/factories/{table}.rb",
        "ee/spec/factories/{name_plural}.rb",
    ),
    "registry-factory": ("ee/spec/factories/geo/{registry_table}.rb", "ee/spec/factories/geo/{name}_registries.rb"),
    "state-factory": ("ee/spec/factories/geo/{state_association}.rb", "ee/spec/factories/geo/{state_table}.rb"),
    "registry-spec": ("ee/spec/models/geo/{registry_table}_spec.rb",),
    "state-spec": ("ee/spec/models/{state_association}_spec.rb", "ee/spec/models/geo/{state_association}_spec.rb"),
    "registry-dictionary": ("db/docs/{registry_table}.yml",),
    "states-dictionary": ("db/docs/views/{state_table}.yml",),
}


def found_for(artifact_id: str, path: str, context: Mapping[str, Any], sources: Sources) -> str | None:
    """Return the file that holds what an artifact asks for; None: there is none.

    Args:
        artifact_id: The artifact.
        path: Where it should be.
        context: What format strings may use.
        sources: The files.
    """
    if sources.exists(path):
        return path
    patterns = (pattern.format_map(context) for pattern in ELSEWHERE.get(artifact_id, ()))
    found = [each for pattern in patterns for each in sources.matching(pattern)]
    if "/migrate/" not in path:
        return found[0] if found else None
    # Of several migrations with such a name, the one that creates the table.
    table = context["registry_table" if path.startswith("ee/") else "state_table"]
    return next((each for each in found if f":{table}" in (sources.text(each) or "")), None)
