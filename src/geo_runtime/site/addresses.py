"""Parts of a site's routes."""

from typing import Final

from starlette.convertors import IntegerConvertor, register_url_convertor

RECORD_ID: Final = "record_id"
"""The converter for the id of a record in a route, as in `{id:record_id}`."""


class _RecordId(IntegerConvertor):
    """An id that fits a column: it has no more digits than every 64-bit number; no other id can exist."""

    regex = "[0-9]{1,18}"


register_url_convertor(RECORD_ID, _RecordId())
