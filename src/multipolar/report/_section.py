"""A further section of the page, and what its body is made of: tables, figures, badges."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from html import escape

# How a figure is known, as the data mark it, in the three kinds of evidence of the page.
EVIDENCE_OF = {"confirmed": "observed", "derived": "estimated", "chosen": "estimated"}


@dataclass(frozen=True)
class Section:
    """`key` is its anchor; `title` and `intro` are plain text; `body` is HTML whose texts are already escaped,
    static, without script: tables, figures, inline SVG."""

    key: str
    title: str
    intro: str
    body: str

    def html(self) -> str:
        return (
            f'<section id="{escape(self.key)}" aria-labelledby="{escape(self.key)}-title">'
            f'<h2 id="{escape(self.key)}-title">{escape(self.title)}</h2>'
            f'<p class="intro">{escape(self.intro)}</p>{self.body}</section>\n'
        )


def table(
    label: str, head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Container[int] = ()
) -> str:
    """A table that scrolls on its own, named `label` to screen readers. `head` is text, the cells of `rows` are HTML
    already; the first cell heads its row; columns in `numbers` are aligned right."""

    def cell(i: int, text: str, scope: str = "") -> str:
        tag, scope = ("th", f' scope="{scope}"') if scope else ("td", "")
        kind = ' class="number"' if i in numbers else ""
        return f"<{tag}{scope}{kind}>{text}</{tag}>"

    top = "".join(cell(i, escape(text), "col") for i, text in enumerate(head))
    body = "".join(
        f"<tr>{''.join(cell(i, text, '' if i else 'row') for i, text in enumerate(row))}</tr>" for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}"><table class="plain">'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def figure(
    kind: str, label: str, size: tuple[float, float], parts: Iterable[str], caption: str, key: str = ""
) -> str:
    """A drawing of SVG `parts` on a canvas of `size` (width, height); `label` and `caption` are text, `key` is HTML."""
    return (
        f'<figure class="{kind}">{key}<svg viewBox="0 0 {size[0]:.0f} {size[1]:.0f}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg><figcaption>{escape(caption)}</figcaption></figure>"
    )


def badge(mark: str) -> str:
    """A mark such as `confirmed` or `estimated` in the colour of its kind of evidence; an unknown one as assumed."""
    first = mark.split(" ", maxsplit=1)[0]
    kind = EVIDENCE_OF.get(first, first if first in EVIDENCE_OF.values() else "assumed")
    return f'<span class="badge {kind}">{escape(mark)}</span>'
