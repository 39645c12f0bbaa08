"""Gaps in the event log: ids that were missing when their neighbours were read, and may appear later.

A gap is stored as a range, whatever its size: a transaction that was rolled back after taking many ids, or a restored
sequence, leaves tens of thousands at once (specification: points 23 and 24).
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from geo_runtime.databases.main import GeoEventLog

if TYPE_CHECKING:
    from geo_runtime.site.site import Site

GAPS_KEY: Final = "geo:event_log:gaps"
GAP_GRACE = timedelta(minutes=10)
GAP_EXPIRY = timedelta(hours=1)
_GAPS_AT_ONCE: Final = 100
_ROWS_AT_ONCE: Final = 50


class Gap(NamedTuple):
    """Missing ids, both ends included, and when they were noticed."""

    first: int
    last: int
    found_at: float

    @classmethod
    def parse(cls, member: str, found_at: float) -> Self:
        """Parse a stored gap: `first-last`, or one id.

        Args:
            member: `first-last`, or one id.
            found_at: When it was noticed, in seconds since the epoch.
        """
        first, _, last = member.partition("-")
        return cls(int(first), int(last or first), found_at)

    @property
    def member(self) -> str:
        """Return its stored form."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    def without(self, ids: Iterable[int]) -> list["Gap"]:
        """Return what is left of it without some of its ids.

        Args:
            ids: In order.
        """
        left, first = [], self.first
        for id_ in ids:
            if first < id_:
                left.append(Gap(first, id_ - 1, self.found_at))
            first = id_ + 1
        if first <= self.last:
            left.append(Gap(first, self.last, self.found_at))
        return left


class GapTracking:
    """The gaps known to a site.

    Args:
        site: The secondary.

    Attributes:
        previous_id: The last id read; 0 at first.
    """

    def __init__(self, site: "Site", previous_id: int = 0) -> None:
        self.site = site
        self.previous_id = previous_id

    def check(self, current_id: int) -> None:
        """Record the gap between the last id and this, unless this is the first."""
        if 0 < self.previous_id < current_id - 1:
            found_at = self.site.now().timestamp()
            self.site.store.add(GAPS_KEY, Gap(self.previous_id + 1, current_id - 1, found_at).member, found_at)
        self.previous_id = current_id

    def fill(self, handle: Callable[[GeoEventLog], None], goes_on: Callable[[], bool] = lambda: True) -> None:
        """Forget gaps of more than an hour, and handle those of more than ten minutes that have appeared.

        Args:
            handle: Handles a row of the log; called again if that could not be recorded.
            goes_on: Whether to continue, called between rows.
        """
        self.site.store.discard_below(GAPS_KEY, self.site.ago(GAP_EXPIRY).timestamp())
        ripe = self.site.ago(GAP_GRACE).timestamp()
        waiting = deque(sorted(gap for gap in self.all() if gap.found_at < ripe))
        while waiting and goes_on():
            gaps = [waiting.popleft() for _ in range(min(len(waiting), _GAPS_AT_ONCE))]
            rows = self._rows(gaps)
            handled = []
            for row in rows:
                if not goes_on():
                    break
                handle(row)
                handled.append(row.id)
            left = self._note(gaps, handled)
            if len(rows) == _ROWS_AT_ONCE:  # there may be more after the last
                waiting.extendleft(reversed([gap for gap in left if gap.last > rows[-1].id]))

    def lowest(self) -> int | None:
        """Return the lowest missing id, or None."""
        return min((gap.first for gap in self.all()), default=None)

    def all(self) -> list[Gap]:
        """Return every gap."""
        return [Gap.parse(member, found_at) for member, found_at in self.site.store.members(GAPS_KEY)]

    def _rows(self, gaps: Sequence[Gap]) -> Sequence[GeoEventLog]:
        """Return rows that have appeared in gaps, the lowest ids first."""
        is_inside = or_(*(GeoEventLog.id.between(gap.first, gap.last) for gap in gaps))
        statement = select(GeoEventLog).where(is_inside).order_by(GeoEventLog.id).limit(_ROWS_AT_ONCE)
        with self.site.main.reading() as session:
            return session.scalars(statement.options(selectinload(GeoEventLog.geo_event))).all()

    def _note(self, gaps: Sequence[Gap], handled: Sequence[int]) -> list[Gap]:
        """Store what is left of gaps; return it."""
        remaining: list[Gap] = []
        for gap in gaps:
            inside = [event_id for event_id in handled if gap.first <= event_id <= gap.last]
            left = gap.without(inside)
            if inside:
                self.site.store.replace(GAPS_KEY, gap.member, {each.member: each.found_at for each in left})
            remaining += left
        return remaining
