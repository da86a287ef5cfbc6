"""A further section of the page: a title, an introduction, and a body of tables and drawings."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


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
