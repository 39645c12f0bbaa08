"""What goes with the calls of a block, and what stays of it."""

from geo_scaffold.editors.ruby import NestedCalls

from .samples import BASKET

EDITOR = NestedCalls(BASKET, method="apple")


def test_the_blocks_go_with_their_calls() -> None:
    text = "# Nothing yet\n"
    assert EDITOR.remove(EDITOR.insert(text)) == text


def test_a_block_stays_where_somebody_has_put_something_into_it() -> None:
    text = EDITOR.insert("# Nothing yet\n").replace("    price { 3 }\n", "    price { 3 }\n    pear :brown\n")
    rest = EDITOR.remove(text)
    assert "pear :brown" in rest
    assert "apple" not in rest


def test_a_block_goes_last_where_there_are_only_others() -> None:
    text = "# frozen\n\nMarket.open do\n  basket :bread\nend\n"
    assert EDITOR.insert(text).startswith(text)
