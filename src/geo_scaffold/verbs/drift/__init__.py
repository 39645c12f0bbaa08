"""`drift`: where a checkout has moved away from the edition that fits it; it reads, and writes nothing.

- run: all of it, for one checkout
- findings: the deviations, and which of them an edition acknowledges
- locators: the place of each entry, for an invented type
- lines: the lines of our entries beside those of other types
- newest: the newest types of the checkout, and their names in place of ours
- outlines: what the newest files have and ours do not, and vice versa
- files: what the newest types have that no artifact covers
- boxes: what the checkout's issue templates ask for and no artifact covers
"""

from geo_scaffold.verbs.drift.findings import Drift, Finding, Sort
from geo_scaffold.verbs.drift.run import drift_of

__all__ = ["Drift", "Finding", "Sort", "drift_of"]
