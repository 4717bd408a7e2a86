from __future__ import annotations

import base64
import io
import re
import struct
import subprocess
import sys
from html import escape, unescape

import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageChops, ImageStat

from dnetlab import draw
from dnetlab.draw.show import render
from dnetlab.draw.theme import DARK, LIGHT, THEMES

from . import examples


def test_jupyter_gets_a_page_an_image_and_a_text_each_with_the_words() -> None:
    topology = examples.macvlan_bridge()
    data, metadata = DisplayFormatter().format(draw.show(topology))  # type: ignore[no-untyped-call]
    assert data.keys() == {"text/html", "image/png", "text/plain"}
    assert escape(draw.text(topology, macs=False)) in data["text/html"]
    assert data["text/plain"] == draw.text(topology, macs=False)
    assert metadata["image/png"]["alt"] == draw.alt(topology)


def test_the_image_is_shown_in_its_true_size() -> None:
    picture = draw.show(examples.macvlan_bridge())
    data, metadata = picture._repr_mimebundle_()
    pixels = struct.unpack(">I", data["image/png"][16:20])[0]
    # 144 dots an inch in the file, 96 CSS pixels an inch on the screen
    assert abs(pixels / 144 - metadata["image/png"]["width"] / 96) < 0.02


def test_only_what_is_asked_for_is_made() -> None:
    picture = draw.show(examples.host_network())
    data, metadata = picture._repr_mimebundle_(include={"text/plain"})
    assert (list(data), metadata) == (["text/plain"], {})
    data, _ = picture._repr_mimebundle_(exclude={"image/png", "text/html"})
    assert list(data) == ["text/plain"]


def corner(png: bytes) -> str:
    """The colour of a PNG's first pixel."""
    return "#" + bytes(Image.open(io.BytesIO(png)).convert("RGB").getpixel((0, 0))).hex()  # type: ignore[arg-type]


def test_a_page_has_both_looks_and_one_of_them_has_no_size_without_the_style_sheet() -> None:
    images = re.findall(
        r'<img class="dnl-(\w+)" width="(\d+)"[^>]*base64,([^"]*)"', draw.show(examples.host_network()).html
    )
    assert [(look, width != "0") for look, width, _ in images] == [("light", True), ("dark", False)]
    assert [corner(base64.b64decode(data)) for _, _, data in images] == [
        LIGHT.value("page"),
        DARK.value("page"),
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_that_was_asked_for_is_the_only_one(theme: str) -> None:
    picture = draw.show(examples.host_network(), theme)
    assert picture.html.count("<img") == 1
    assert corner(picture.png) == THEMES[theme].value("page")


def test_a_palette_keeps_the_picture() -> None:
    figure = draw.figure(examples.macvlan_8021q())
    full = Image.frombuffer("RGBA", *_drawn(figure), "raw", "RGBA", 0, 1).convert("RGB")
    few = Image.open(io.BytesIO(render(figure, "png"))).convert("RGB")
    off = ImageStat.Stat(ImageChops.difference(full, few)).mean
    assert max(off) < 0.3, "of 255"


def _drawn(figure: Figure) -> tuple[tuple[int, int], memoryview]:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return canvas.get_width_height(physical=True), canvas.buffer_rgba()


def test_a_picture_prints_as_its_text() -> None:
    topology = examples.ipvlan_l3()
    assert repr(draw.show(topology)) == draw.text(topology, macs=False)
    assert repr(draw.show(topology, macs=True)) == draw.text(topology)


def test_marks_are_in_the_picture_and_in_its_text() -> None:
    picture = draw.show(examples.host_network(), "dark", missing={"web"}, subtitle="as built")
    assert (
        "web: container, shares the interfaces of host, no address of its own [planned, not there]"
        in picture.text
    )
    texts = {label.text for label in picture.scene.labels}
    assert {"planned, not there", "as built"} <= texts


def test_the_html_of_a_widget_has_alternative_text_and_the_words() -> None:
    picture = draw.show(examples.host_network())
    alternative = re.search(r'alt="([^"]*)"', picture.html)
    words = re.search(r"<pre>(.*)</pre>", picture.html, re.DOTALL)
    assert alternative is not None and unescape(alternative[1]) == picture.alt
    assert words is not None and unescape(words[1]) == picture.text


def test_what_is_prepared_is_loaded() -> None:
    code = "import sys; from dnetlab import draw; draw.prepare(); print('matplotlib.figure' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "True"


def test_what_was_drawn_is_not_drawn_again_and_what_differs_is() -> None:
    topology = examples.macvlan_bridge()
    first = draw.show(topology).png
    assert draw.show(topology).png is first
    assert draw.show(topology, missing={"web"}).png != first
    assert draw.show(topology, changed={"web": "another address"}).png != first
    assert draw.show(topology, subtitle="Another line").png != first
    assert draw.show(topology, "dark").png != first


def test_a_png_has_a_palette_and_what_is_most_in_it_keeps_its_colour() -> None:
    for theme, look in (("light", LIGHT), ("dark", DARK)):
        image = Image.open(io.BytesIO(draw.show(examples.macvlan_bridge(), theme).png))
        assert image.mode == "P"
        colours = image.convert("RGB").getcolors(256)
        assert colours is not None
        page = look.colours["page"]
        assert max(colours)[1] == tuple(int(page[at : at + 2], 16) for at in (1, 3, 5))
