"""Reports of earlier runs, reused as long as nothing that they depend on changes.

- program: this program, as far as a report depends on it
- encoding: a report as text, and back
- cache: stores and finds reports
"""

from geo_scaffold.verbs.checklist.report_cache.cache import CachedReport

__all__ = ["CachedReport"]
