"""Reports of earlier runs, kept as long as nothing they were made from changes.

- program: this program, as far as a report depends on it
- encoding: a report as text, and back
- cache: where reports are, found and kept
"""

from geo_scaffold.verbs.checklist.report_cache.cache import Kept

__all__ = ["Kept"]
