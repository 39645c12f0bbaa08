"""A kind that only tests have, and an edition that serves it: shaped like the partitions of `uploads` in GitLab 19.

The model is a separate class below `Geo::`, named after its table, that reads what `Upload` writes: no mixin in `EE::`,
no `prepend_mod`, no `ObjectStorable`, no stub for its storage, and nothing is written through it.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from checkouts import CHECKOUT_18
from editions import copied_templates
from geo_scaffold.kinds import KINDS, Kind

PARTITION: Final = Kind(
    name="partition",
    title="Partition of uploads",
    what="rows of a partition of uploads",
    content="file",
    data_type="Blob",
    strategies=("BlobReplicatorStrategy", "Concerns::PartReplicatorBehavior"),
    examples=(
        "a blob replicator of a part",
        "a blob replicator with the behavior of parts",
    ),
    has_file=True,
    is_writable=False,
    superclass="::Upload",
    named_after="table",
    evidence=r"< (?:::)?Upload\b",
)

MODEL: Final = "Geo::CoolWidgetUpload"

CHECKOUT_99: Final[Mapping[str, str]] = {
    **CHECKOUT_18,
    "VERSION": "99.0.0-pre\n",
    "app/models/upload.rb": "# frozen_string_literal: true\n\nclass Upload < ApplicationRecord\nend\n",
    "db/docs/cool_widget_uploads.yml": "---\ntable_name: cool_widget_uploads\nclasses:\n- CoolWidget\n- Upload\n"
    "gitlab_schema: gitlab_main_org\nsharding_key:\n  organization_id: organizations\n",
}
"""A checkout of that edition, with the partition."""


@contextmanager
def another_kind(folder: Path) -> Iterator[None]:
    """Have the kind, and the edition 99 that serves it, for a while.

    Args:
        folder: For a copy of the templates.
    """
    with pytest.MonkeyPatch.context() as patch, copied_templates(folder) as root:
        shutil.copytree(Path(__file__).parent / "gitlab-99", root / "gitlab-99")
        patch.setitem(KINDS, PARTITION.name, PARTITION)
        yield
