"""An edition: what one generation of GitLab asks for, and the templates, rendered for one model.

- manifest: every artifact once, as data
- templates: where the templates are, and how they are rendered
- line_length: lines that a long name makes too long
- article: `a` or `an` before a name
"""

from geo_scaffold.edition.manifest import Artifact, Level, Op, Phase, load_manifest
from geo_scaffold.edition.templates import Renderer, templates_root

__all__ = ["Artifact", "Level", "Op", "Phase", "Renderer", "load_manifest", "templates_root"]
