"""The energy sections of the page."""

from __future__ import annotations

from html.parser import HTMLParser

from multipolar.energy import Brief, Levers, bargain, bargaining_table, gas, oil, predict, urals
from multipolar.report._energy import sections


class Tags(HTMLParser):
    """Collects open tags that were never closed, and forbidden ones."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag


def test_the_sections_show_the_results_and_are_sound_static_html():
    levers = Levers(open=("power-of-siberia-2",), shut=("turkstream-europe",))
    with_cap = oil(Levers(price_cap=50.0))
    table = urals(with_cap).to_frame("with the levers").T
    brief = Brief(gas(levers), gas(), with_cap, oil(), table, bargain(), bargaining_table(), predict())
    found = sections(brief)
    assert [s.key for s in found] == ["gas", "oil", "power-of-siberia-2", "energy-test"]
    for section in found:
        tags = Tags()
        tags.feed(section.html())
        assert not tags.stack and not tags.seen & {"script", "img", "iframe"}
    assert f"{brief.gas.prices['CHN']:.0f}" in found[0].body and 'class="more"' in found[0].body
    assert f"{brief.bargain.price:.0f}" in found[2].intro


def test_parts_that_are_missing_are_left_out():
    found = sections(Brief(gas(), gas()))
    assert [s.key for s in found] == ["gas"] and "Who pays" not in found[0].body
