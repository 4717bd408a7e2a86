from __future__ import annotations

import hashlib
import subprocess
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import matplotlib
import pytest
from hypothesis import HealthCheck, given, settings
from matplotlib.figure import Figure

from dnetlab import draw
from dnetlab.draw.show import render
from dnetlab.plan.model import Topology

from . import examples
from .strategies import topologies

THEMES = pytest.mark.parametrize("theme", ["light", "dark"])
SEVEN = pytest.mark.parametrize("make", examples.SEVEN.values(), ids=examples.SEVEN.keys())


@THEMES
@SEVEN
def test_every_type_is_painted_without_a_fault(make: Callable[[], Topology], theme: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = draw.figure(make(), theme)
        assert draw.problems(figure) == []
        assert render(figure, "png").startswith(b"\x89PNG")


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(topologies())
def test_any_topology_is_painted_without_a_fault(topology: Topology) -> None:
    assert draw.problems(draw.figure(topology, "dark")) == []


@pytest.mark.parametrize(
    "make", [examples.macvlan_8021q, lambda: examples.user_bridge([f"c{n}" for n in range(60)])]
)
def test_texts_are_as_wide_as_the_layout_believed(make: Callable[[], Topology]) -> None:
    for label, real in draw.figure(make()).extents():
        if label.text.strip():
            assert real.width == pytest.approx(label.rect.width, rel=0.02, abs=1.5), label.text


def test_a_figure_is_a_matplotlib_figure_of_the_scenes_size() -> None:
    figure = draw.figure(examples.ipvlan_l2())
    assert isinstance(figure, Figure)
    width, height = figure.get_size_inches() * 72
    assert (width, height) == pytest.approx((figure.scene.width, figure.scene.height))


def test_a_figure_is_not_registered_with_pyplot() -> None:
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    draw.show(examples.host_network()).png  # noqa: B018
    assert plt.get_fignums() == before


def test_the_page_has_the_themes_colour() -> None:
    light, dark = (draw.figure(examples.host_network(), theme) for theme in ("light", "dark"))
    assert matplotlib.colors.to_hex(light.get_facecolor()) == "#ffffff"
    assert matplotlib.colors.to_hex(dark.get_facecolor()) == "#11181f"


def test_an_unknown_theme_is_refused() -> None:
    with pytest.raises(ValueError, match="no theme 'sepia'; there are light, dark"):
        draw.figure(examples.host_network(), "sepia")
    with pytest.raises(ValueError, match="sepia"):
        draw.show(examples.host_network(), "sepia")


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_the_same_topology_gives_the_same_bytes(kind: str, tmp_path: Path) -> None:
    paths = [draw.save(examples.macvlan_bridge(), tmp_path / f"{n}.{kind}") for n in (1, 2)]
    one, two = (hashlib.sha256(p.read_bytes()).hexdigest() for p in paths)
    assert one == two


def test_a_png_names_neither_program_nor_date(tmp_path: Path) -> None:
    data = draw.save(examples.macvlan_bridge(), tmp_path / "lab.png").read_bytes()
    assert b"Software" not in data
    assert b"matplotlib" not in data.lower()


def test_a_users_own_style_does_not_change_a_drawing() -> None:
    plain = render(draw.figure(examples.macvlan_8021q()), "png")
    with matplotlib.rc_context():
        matplotlib.style.use(["ggplot", "dark_background"])
        matplotlib.rcParams.update({"font.family": "monospace", "path.sketch": (1, 100, 2), "savefig.bbox": "tight",
                                    "savefig.dpi": 50, "text.color": "red", "font.size": 30})  # fmt: skip
        styled = render(draw.figure(examples.macvlan_8021q()), "png")
    assert styled == plain


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cannot write lab\.gif: a picture is one of \.png, \.svg, \.pdf"):
        draw.save(examples.host_network(), tmp_path / "lab.gif")
    assert list(tmp_path.iterdir()) == []


def test_dollar_signs_and_braces_in_a_title_are_only_characters() -> None:
    topology = Topology(r"costs $5 and $x^2$ {a} \frac")
    texts = [a.get_text() for a, _ in draw.figure(topology).artists_of]
    assert r"costs $5 and $x^2$ {a} \frac" in " ".join(texts)
    assert render(draw.figure(topology), "png")


def test_importing_draw_imports_neither_matplotlib_nor_networkx() -> None:
    code = (
        "import sys, dnetlab.draw; "
        "print([m for m in ('matplotlib', 'networkx', 'numpy') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_text_and_layout_need_no_matplotlib() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None; from tests.draw import examples; from dnetlab import draw; "
        "t = examples.user_bridge(); print(len(draw.problems(draw.layout(t))), len(draw.text(t)) > 100)"
    )
    root = Path(__file__).parents[2]
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert out.stdout.split() == ["0", "True"]


def test_drawings_made_side_by_side_leave_the_users_settings_as_they_were() -> None:
    before = dict(matplotlib.rcParams)
    topologies = [examples.macvlan_8021q(), examples.host_network(), examples.ipvlan_l3()] * 2
    with ThreadPoolExecutor(len(topologies)) as pool:
        list(pool.map(lambda topology: draw.show(topology).png, topologies))
    assert dict(matplotlib.rcParams) == before
