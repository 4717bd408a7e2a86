"""Files that containers share, the accounts that they run as, and images made of them."""

from __future__ import annotations

from typing import Any

from tests.conformance.stage import Stage
from tests.conformance.suite import group


def _mounts(s: Stage, name: str) -> None:
    """What inspection says of a container's mounts, by their place."""
    for mount in sorted(s.get(f"/containers/{name}/json")["Mounts"], key=lambda m: str(m["Destination"])):
        s.leaves(f"inspect {name} {mount['Destination']}", mount, skip=("anon.(Name|Source)",))


@group("volumes", order=84)
def volumes(s: Stage) -> None:
    s.scenario("shared")
    s.ask("create", "POST", "/volumes/create", {"Name": "shared"})
    tm: dict[str, Any] = {"Type": "tmpfs", "Target": "/tm"}
    s.run(
        "v1",
        host={
            "Binds": ["shared:/data", "/tmp/conformance-shared:/host:ro"],
            "Mounts": [{"Type": "volume", "Source": "second", "Target": "/m", "ReadOnly": True}, tm],
            "Tmpfs": {"/tt": ""},
        },
        Volumes={"/anon": {}},
    )
    _mounts(s, "v1")
    s.x(
        "v1",
        "echo hello > /data/f",
        "ls /data /host /m /anon",
        "echo x > /m/x",
        "mkdir /m/d",
        "rm -r /data",
        "ls -d /tt /tm",
    )
    s.run("v0", host={"VolumesFrom": ["v1"]})
    s.run("v9", host={"Binds": ["shared:/data"], "Tmpfs": {"/tt": ""}}, Volumes={"/anon": {}, "rel": {}})
    s.run("v2", host={"VolumesFrom": ["v9:ro"]})
    s.x("v2", "cat /data/f", "echo x > /data/g", "touch /data/h", "rm /data/f", "ls -d /tt")
    s.run("v3", host={"VolumesFrom": ["v9"]})
    s.x("v3", "mkdir /data/sub", "echo s > /data/sub/s", "mv /data/sub/s /tmp/s", "cat /tmp/s")
    s.x("v1", "ls /data /data/sub")

    s.scenario("in-use")
    s.ask("remove", "DELETE", "/volumes/shared")
    s.ask("remove an unknown one", "DELETE", "/volumes/nosuch")
    for value in ("shared", "/anon", "/nope"):
        found = s.get("/containers/json", filters=f'{{"volume":["{value}"]}}')
        s.fact(f"ps --filter volume={value}", sorted(c["Names"][0] for c in found))

    s.scenario("copied")
    s.run("v4", host={"Binds": ["etc:/etc"]})
    s.run("v5", host={"Binds": ["etc:/z"]})
    s.x("v5", "grep -c nobody /z/passwd", "ls -d /z/hostname")

    s.scenario("refused")
    for number, binds in enumerate(
        (
            ["shared:data"], ["shared:/"], ["shared:/data:zz"], ["shared:/data:ro:x"], [":/data"], ["shared:"], ["x:/data"],
            ["a b:/data"], ["rel/path:/data"], ["shared:/data", "second:/data"],
        )
    ):  # fmt: skip
        s.create(f"r{number}", s.body(host={"Binds": binds}))
    for number, mount in enumerate(
        (
            {"Type": "bind", "Source": "/nosuchdir", "Target": "/x"},
            {"Type": "volume", "Source": "shared", "Target": "x"},
            {"Type": "volume", "Source": "shared"},
            {"Type": "bogus", "Source": "shared", "Target": "/x"},
            {"Type": "bind", "Source": "rel", "Target": "/x"},
            {"Type": "tmpfs", "Source": "a", "Target": "/x"},
        )
    ):
        s.create(f"m{number}", s.body(host={"Mounts": [mount]}))
    s.create("f0", s.body(host={"VolumesFrom": ["nosuch"]}))
    s.create("f1", s.body(host={"VolumesFrom": ["v1:zz"]}))
    s.create("f2", s.body(host={"Tmpfs": {"data": ""}}))

    s.scenario("removed")
    s.clean_containers()
    for name in ("shared", "second", "etc"):
        s.ask(f"remove {name}", "DELETE", f"/volumes/{name}")
    s.ask("prune", "POST", "/volumes/prune", filters='{"label":["none=such"]}')


@group("accounts", order=85)
def accounts(s: Stage) -> None:
    s.scenario("user")
    for number, user in enumerate(("nobody", "65534", "root:audio", ":audio", "1234:5678")):
        s.run(f"u{number}", User=user)
        s.x(f"u{number}", "id", "whoami", "echo $HOME")
    s.x(
        "u0", "echo x > /tmp/x; cat /tmp/x", "mkdir /q", "touch /q", "rm /etc/hosts", "ip link set lo down",
        "ip route add 1.2.3.4 dev lo", "ping -c 1 -W 1 127.0.0.1 | head -2",
    )  # fmt: skip
    s.scenario("group-add")
    s.run("g0", host={"GroupAdd": ["audio", "4321"]})
    s.x("g0", "id")
    s.scenario("unknown")
    for number, user in enumerate(("nosuch", "root:nosuch", "99999999999")):
        s.run(f"n{number}", User=user)
    s.run("n9", host={"GroupAdd": ["nosuch"]})
    s.ask("exec as nosuch", "POST", "/containers/g0/exec", {"Cmd": ["id"], "User": "nosuch"})
    s.scenario("directory")
    s.run("w0", WorkingDir="/made/for/it")
    s.x("w0", "pwd")
    made = s.request(
        "POST", "/containers/w0/exec", {"Cmd": ["pwd"], "WorkingDir": "/nosuch", "AttachStdout": True}
    )
    s.fact("exec in /nosuch", s.client.api.exec_start(made.json()["Id"]).decode())
    s.fact("its status", s.client.api.exec_inspect(made.json()["Id"])["ExitCode"])


@group("commits", order=86)
def commits(s: Stage) -> None:
    s.scenario("commit")
    s.run("c0", command=("sh", "-c", "mkdir /d; echo hi > /d/f; sleep infinity"))
    s.wait_for("c0", "test -f /d/f")
    changes = ["CMD cat /d/f", "ENV Q=1", "EXPOSE 81", "LABEL a=b", "WORKDIR /d", "USER nobody"]
    answer = s.request(
        "POST",
        "/commit",
        {},
        container="c0",
        repo="made",
        tag="1",
        author="me",
        comment="msg",
        changes=changes,
    )
    s.fact("commit", answer.status_code)
    made = s.get("/images/made:1/json")
    for key in ("Author", "Comment", "RepoTags", "Os"):
        s.fact(key, made[key])
    for key in ("Cmd", "Env", "ExposedPorts", "WorkingDir", "User"):
        s.fact(key, made["Config"][key])
    body = s.body(command=())
    body |= {"Image": "made:1", "Cmd": None}
    s.create("c1", body)
    s.start("c1")
    s.request("POST", "/containers/c1/wait")
    s.fact("logs", s.client.api.logs("c1").decode())
    s.scenario("refused")
    s.ask("of an unknown container", "POST", "/commit", {}, container="nosuch", repo="x")
    s.ask("a bad name", "POST", "/commit", {}, container="c0", repo="Bad Name")
    s.ask("a bad change", "POST", "/commit", {}, container="c0", repo="x1", changes=["BOGUS x"])
    s.scenario("removed")
    s.clean_containers()
    s.fact("rmi", s.request("DELETE", "/images/made:1").status_code)
