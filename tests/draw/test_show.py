from __future__ import annotations

import re
import struct
from html import unescape

from IPython.core.formatters import DisplayFormatter

from dnetlab import draw

from . import examples


def test_jupyter_gets_one_image_with_alternative_text_and_the_text() -> None:
    topology = examples.macvlan_bridge()
    data, metadata = DisplayFormatter().format(draw.show(topology))  # type: ignore[no-untyped-call]
    assert data.keys() == {"image/png", "text/plain"}
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
    data, _ = picture._repr_mimebundle_(exclude={"image/png"})
    assert list(data) == ["text/plain"]


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
