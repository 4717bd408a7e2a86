"""The drawing as HTML that fits a light page and a dark one, with its alternative text and the same in words.

Both looks are in it, and a style sheet shows the one that fits: the front ends' own signs of a dark page are asked
(JupyterLab and nbconvert, VS Code, Colab, Sphinx). Where a front end takes the style sheet away (a notebook that is
not trusted yet) the dark one has no size, and the light one is seen, once.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape

_DARK = (
    ':is(body[data-jp-theme-light="false"], body.vscode-dark, body.vscode-high-contrast:not(.vscode-high-contrast-light),'
    ' html[theme="dark"], html[data-theme="dark"])'
)
CSS = f"""
.dnl-drawing {{ margin: 0; max-width: 100%; overflow-x: auto; container-type: inline-size; }}
.dnl-drawing figcaption {{ opacity: 0.75; font-size: 0.88em; }}
@container (max-width: 619px) {{ .dnl-drawing figcaption {{ display: block; }} }}
.dnl-drawing img {{ max-width: 100%; min-width: min(620px, var(--dnl-width)); height: auto; display: block;
  cursor: zoom-in; border-radius: 4px; }}
.dnl-drawing img:focus {{ max-width: none; cursor: zoom-out; outline-offset: -2px; }}
.dnl-drawing img.dnl-dark {{ display: none; }}
{_DARK} .dnl-drawing img.dnl-dark {{ display: block; width: var(--dnl-width); }}
{_DARK} .dnl-drawing img.dnl-light {{ display: none; }}
"""


def html(looks: Mapping[str, bytes], alt: str, words: str, width: int) -> str:
    """The drawing: PNG files by look (``light``, ``dark`` or both), ``width`` in CSS pixels.

    It is as wide as the page, but not narrower than can be read, and in its true size while it has the focus: after a
    click, or with the Tab key.
    """
    pair = len(looks) > 1
    images = "".join(_image(look, png, alt, width, pair) for look, png in looks.items())
    return (
        f'<style>{CSS}</style><figure class="dnl-drawing" style="--dnl-width: {width}px">'
        f"<figcaption hidden>The drawing is wider than the page: scroll it, or click it for its true size.</figcaption>{images}</figure>"
        f"<details><summary>The drawing in words</summary><pre>{escape(words)}</pre></details>"
    )


def _image(look: str, png: bytes, alt: str, width: int, pair: bool) -> str:
    data = base64.b64encode(png).decode("ascii")
    size = 'width="0" height="0"' if pair and look == "dark" else f'width="{width}"'
    css = f'class="dnl-{look}" ' if pair else ""
    return (
        f'<img {css}{size} tabindex="0" title="Click: true size" alt="{escape(alt)}" '
        f'src="data:image/png;base64,{data}">'
    )
