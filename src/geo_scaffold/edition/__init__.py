"""An edition: the instructions of one generation of GitLab, as templates that are rendered for one model.

templates    where the templates are, and how they are rendered
"""

from geo_scaffold.edition.templates import Renderer, templates_root

__all__ = ["Renderer", "templates_root"]
