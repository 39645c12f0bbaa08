"""The kinds that the runtime serves, as the generator's table names them."""

import pytest

import geo_runtime
from geo_scaffold.kinds import KINDS, demonstrated


@pytest.mark.parametrize("name", demonstrated())
def test_a_kind_is_served_under_its_name(name: str) -> None:
    served = KINDS[name].runtime
    assert served is not None
    replicator = getattr(geo_runtime, served.replicator)
    assert replicator.kind.name == name
    assert issubclass(getattr(geo_runtime, served.factory), geo_runtime.RecordFactory)
    assert {"replicator", "factory"} <= {*served._fields}
