"""The addresses of a site."""

from typing import Final

from starlette.convertors import IntegerConvertor, register_url_convertor

RECORD_ID: Final = "record_id"
"""How a route writes down the id of a record, as in `{id:record_id}`."""


class _RecordId(IntegerConvertor):
    """An id that fits a column: of no more digits than every 64-bit number has; nothing is found under any other."""

    regex = "[0-9]{1,18}"


register_url_convertor(RECORD_ID, _RecordId())
