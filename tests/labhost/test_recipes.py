import pytest

from tests.labhost import recipes
from tests.labhost.recipes import Recipe


def test_a_key_is_made_of_the_kind_and_every_input() -> None:
    one = Recipe("disk", (("suite", "forky"), ("packages", ("a", "b"))))
    assert one.key == Recipe("disk", (("suite", "forky"), ("packages", ("a", "b")))).key
    others = [
        Recipe("root", one.inputs),
        Recipe("disk", (("suite", "trixie"), ("packages", ("a", "b")))),
        Recipe("disk", (("suite", "forky"), ("packages", ("a",)))),
        Recipe("disk", (("suite", "forky"), ("packages", ("b", "a")))),
    ]
    assert len({one.key, *(other.key for other in others)}) == 5


def test_a_comment_in_the_kernel_configuration_does_not_build_a_new_kernel() -> None:
    plain = "CONFIG_VETH=y\n# CONFIG_SWAP is not set\n"
    assert recipes.settings("# Devices\n\n" + plain) == recipes.settings(plain)
    assert recipes.settings(plain) == ["# CONFIG_SWAP is not set", "CONFIG_VETH=y"]
    assert recipes.settings(plain) != recipes.settings("CONFIG_VETH=y\n")


def test_the_kernel_configuration_asks_for_every_link_kind() -> None:
    wanted = recipes.settings((recipes.GUEST / "kernel.config").read_text())
    for option in ("VETH", "BRIDGE", "BRIDGE_VLAN_FILTERING", "MACVLAN", "IPVLAN", "VLAN_8021Q", "DUMMY"):
        assert f"CONFIG_{option}=y" in wanted
    assert not any(line.startswith("CONFIG_SMP=") for line in wanted)


def test_the_disk_changes_with_the_root_and_with_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    before = recipes.disk("forky").key
    assert recipes.disk("trixie").key != before
    monkeypatch.setattr(recipes, "ROOT_PACKAGES", (*recipes.ROOT_PACKAGES, "strace"))
    assert recipes.disk("forky").key != before
    monkeypatch.undo()
    monkeypatch.setattr("dnetlab.image.recipe.packages", lambda: ("curl",))
    assert recipes.disk("forky").key != before


@pytest.mark.parametrize(
    ("version", "suite"),
    [("28.5", "forky"), ("28.5.2", "forky"), ("26.1", "trixie"), ("bookworm", "bookworm")],
)
def test_an_engine_version_names_a_debian_release(version: str, suite: str) -> None:
    assert recipes.suite_of(version) == suite


@pytest.mark.parametrize("version", ["27.0", "28", "28.50", ""])
def test_an_engine_version_that_no_release_has_is_refused(version: str) -> None:
    with pytest.raises(ValueError, match=r"28\.5, 26\.1, 20\.10 can be had"):
        recipes.suite_of(version)
