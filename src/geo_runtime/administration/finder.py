"""The finder: registries of one type, filtered and ordered (specification: points 113 and 114)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import Select, false, select

from geo_runtime.administration.users import User, can_read_all_geo
from geo_runtime.replication.registry import RegistryState, in_state, ordered, verification_condition
from geo_runtime.replication.verification import VerificationState

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite
    from geo_runtime.replication.replicator import Replicator

SEARCH_LIMIT = 1000


class RegistryFinder:
    """Finds registries of one type; a subclass names the type.

    Args:
        site: The secondary.
        current_user: The user who asks; without permission the result is empty.
        params: Any of `ids`, `replication_state`, `verification_state`, `keyword` and `sort`; a blank one means all.

    Attributes:
        replicator_class: The type.
    """

    replicator_class: ClassVar[type["Replicator"]]

    def __init__(
        self, site: "ReplicatingSite", current_user: User | None, params: Mapping[str, Any] | None = None
    ) -> None:
        self.site = site
        self.current_user = current_user
        self.params = dict(params or {})

    def execute(self) -> Select[Any]:
        """Return a statement that selects the registries.

        Raises:
            ValueError: A filter or an order is not supported, or no such state exists.
        """
        kind = self.replicator_class
        registry = kind.registry_class
        statement = select(registry)
        if not can_read_all_geo(self.current_user):
            return statement.where(false())
        if self.params.get("ids"):
            statement = statement.where(registry.id.in_(self.params["ids"]))
        if self.params.get("replication_state"):
            state = RegistryState[str(self.params["replication_state"]).upper()]
            statement = statement.where(in_state(registry, state))
        statement = self._by_verification_state(statement)
        statement = self._by_keyword(statement)
        return ordered(statement, registry, self._sort())

    @property
    def _model_name(self) -> str:
        return self.replicator_class.model.__name__

    def _by_verification_state(self, statement: Select[Any]) -> Select[Any]:
        if "verification_state" not in self.params:
            return statement
        self._require_verification("Filtering by verification_state")
        wanted = self.params["verification_state"]
        if not wanted:
            return statement
        state = VerificationState[str(wanted).upper()]
        return statement.where(verification_condition(self.replicator_class.registry_class, state))

    def _by_keyword(self, statement: Select[Any]) -> Select[Any]:
        keyword = self.params.get("keyword")
        if not keyword:
            return statement
        model = self.replicator_class.model
        try:
            found = model.search(str(keyword)).with_only_columns(model.id).limit(SEARCH_LIMIT)
        except NotImplementedError:
            raise ValueError(
                f"Filtering by keyword is not supported because search method is not implemented for {self._model_name}"
            ) from None
        with self.site.main.reading() as session:
            ids = list(session.scalars(found))
        return statement.where(self.replicator_class.registry_class.model_key().in_(ids))

    def _sort(self) -> str | None:
        sort = self.params.get("sort")
        if sort and str(sort).lower().startswith("verified_at"):
            self._require_verification("Sorting by verified_at")
        return str(sort).lower() if sort else None

    def _require_verification(self, what: str) -> None:
        if not self.replicator_class.verification_enabled(self.site):
            raise ValueError(f"{what} is not supported because verification is not enabled for {self._model_name}")
