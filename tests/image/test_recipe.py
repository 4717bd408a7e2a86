import io
import re
import tarfile

import pytest

from dnetlab.image import recipe


def test_every_tool_of_the_course_is_in_the_package_list() -> None:
    wanted = {
        "iproute2",
        "iputils-ping",
        "fping",
        "iputils-arping",
        "tcpdump",
        "bind9-dnsutils",
        "bind9-host",
    }
    wanted |= {
        "netcat-openbsd",
        "curl",
        "ethtool",
        "dnsmasq-base",
        "busybox",
        "traceroute",
        "iptables",
        "procps",
    }
    assert wanted <= set(recipe.packages())
    assert not any("#" in name or " " in name for name in recipe.packages())


def test_the_dockerfile_and_the_import_configure_the_image_alike() -> None:
    final = recipe.source("Dockerfile").split("FROM scratch")[1]
    configured = [line for line in final.splitlines() if re.match(r"ENV|STOPSIGNAL|CMD", line)]
    assert configured == list(recipe.CONFIG)
    assert recipe.changes() == [*configured, f"LABEL {recipe.LABEL}={recipe.version()}"]


def test_an_instruction_that_an_old_engine_refuses_is_left_out() -> None:
    refused = '400 Client Error: Bad Request ("stopsignal is not a valid change command")'
    assert [line.split()[0] for line in recipe.changes(refused)] == ["ENV", "CMD", "LABEL"]
    assert recipe.changes("no space left on device") == recipe.changes()


def test_the_dockerfile_puts_every_script_where_the_import_does() -> None:
    for name, path in recipe.SCRIPTS.items():
        assert f"COPY {name} {path}" in recipe.source("Dockerfile")


def test_the_dockerfile_is_based_on_the_suite_of_the_import() -> None:
    assert f"FROM debian:{recipe.SUITE}-slim AS prepare" in recipe.source("Dockerfile")


def test_the_context_holds_everything_the_dockerfile_copies_and_the_scripts_can_run() -> None:
    with tarfile.open(fileobj=io.BytesIO(recipe.context())) as archive:
        modes = {member.name: member.mode for member in archive.getmembers()}
    copied = re.findall(r"^COPY (\w\S*) /", recipe.source("Dockerfile"), re.MULTILINE)
    assert set(copied) | {"Dockerfile"} == set(modes)
    assert all(modes[name] == 0o755 for name in recipe.SCRIPTS)


def test_the_version_changes_with_packages_scripts_and_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {recipe.version()}
    monkeypatch.setattr(recipe, "packages", lambda: ("curl",))
    versions.add(recipe.version())
    monkeypatch.setattr(recipe, "source", lambda name: "#!/bin/sh\n")
    versions.add(recipe.version())
    monkeypatch.setattr(recipe, "CONFIG", ())
    versions.add(recipe.version())
    assert len(versions) == 4
    assert all(re.fullmatch("[0-9a-f]{12}", version) for version in versions)
