"""An edition: what one generation of GitLab asks for, and the templates, rendered for one model.

- manifest: every artifact once, as data
- templates: where the templates are, and how they are rendered
- line_length: lines that a long name makes too long
"""

from geo_scaffold.edition.manifest import Artifact, Condition, Level, Op, Phase, Target, load_manifest, load_steps
from geo_scaffold.edition.templates import Renderer, templates_root

__all__ = [
    "Artifact",
    "Condition",
    "Level",
    "Op",
    "Phase",
    "Renderer",
    "Target",
    "load_manifest",
    "load_steps",
    "templates_root",
]
