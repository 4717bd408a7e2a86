import pytest

from tests.labhost import build, shell
from tests.labhost.shell import BuildFailed


def test_the_newest_kernel_source_is_what_linux_source_depends_on() -> None:
    assert build.source_package("linux-source\n  Depends: linux-source-7.2\n") == "linux-source-7.2"


def test_no_kernel_source_is_an_error() -> None:
    with pytest.raises(BuildFailed, match="no linux-source-VERSION"):
        build.source_package("linux-source\n  Recommends: build-essential\n")


def test_an_option_that_was_dropped_from_the_source_is_found() -> None:
    config = "CONFIG_VETH=y\n# CONFIG_IPVLAN is not set\nCONFIG_MACVLAN=m\n"
    assert build.options_absent(config, ("VETH", "IPVLAN", "MACVLAN")) == ["IPVLAN", "MACVLAN"]


def test_progress_counts_compiled_files() -> None:
    assert build.compiled("  HOSTCC  x\n  CC      a.o\n  AS      b.o\n  AR      c.a\n  CC      d.o\n") == 3


def test_a_failed_command_says_what_and_ends_with_its_last_lines() -> None:
    with pytest.raises(BuildFailed, match=r"^trying the shell failed: one / two$"):
        shell.run(["sh", "-c", "echo one; echo two >&2; exit 3"], "trying the shell")


def test_a_silent_failure_gives_its_exit_status() -> None:
    with pytest.raises(BuildFailed, match="exit status 3"):
        shell.run(["sh", "-c", "exit 3"], "trying")
    assert shell.run(["sh", "-c", "echo fixed; exit 1"], "trying", good=(0, 1)) == "fixed\n"
