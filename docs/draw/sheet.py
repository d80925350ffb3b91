"""What the drawn pictures have in common: a sheet that can be read on a light page and on a dark one."""

from __future__ import annotations

from textwrap import wrap

STYLE = """\
rect { fill: #f6f8fa; stroke: #8c959f }
.frame { fill: none; stroke-dasharray: 5 4 }
path { fill: none; stroke: #59636e; stroke-width: 1.5; marker-end: url(#head) }
.line { marker-end: none; stroke-dasharray: 4 4; stroke: #8c959f }
.name { font-weight: bold; font-size: 15px; fill: #1f2328 }
.says { font-size: 12px; fill: #59636e }
.text { font-size: 12px; fill: #1f2328 }
.event { font-family: monospace; font-size: 12px; fill: #0550ae }
"""


def sheet(body: str, width: float, height: float) -> str:
    """On white of its own, since a page cannot tell a picture whether it is dark."""
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" font-family="sans-serif">
<style>
{STYLE}</style>
<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">
<path d="M 0 0 L 10 5 L 0 10 z" style="fill: #59636e; stroke: none; marker-end: none"/></marker></defs>
<rect width="{width:.0f}" height="{height:.0f}" style="fill: white; stroke: none"/>
{body}
</svg>
"""


def text(x: float, y: float, words: str, look: str, anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" class="{look}">{words}</text>'


def lines(x: float, y: float, words: str, look: str, width: int) -> str:
    """Words in as many lines of so many letters as they need."""
    return "\n".join(text(x, y + 16 * number, line, look) for number, line in enumerate(wrap(words, width)))


def box(x: float, y: float, width: float, height: float) -> str:
    return f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" rx="8"/>'
