"""Filters of lines: as the real ones of this machine (GNU and mawk, as in the lab image), and as they come."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dnetlab.embedded.commands import Context, run
from dnetlab.embedded.kernel import Kernel

KERNEL = Kernel(seed=3)
CONTEXT = Context(KERNEL, KERNEL.namespace("c"), "c")

LINES = st.lists(st.sampled_from(["a", "b", "ab", "c c", "", "x 1", "x 2", "aa b", "ba"]), max_size=12).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)

COMMANDS = (
    "grep a", "grep -c a", "grep -v a", "grep -n -A1 b", "grep -n -B1 b", "grep -C1 -n c", "grep -m2 a", "grep -m1 -A2 a",
    "grep -o b", "grep -q a", "grep -l a", "grep -H a", "grep -A1 -c a", "grep -w a", "grep -x 'x 2'", "grep -B2 -A1 x",
    "grep -vn a", "grep -E 'a|x' | grep -F ' '",
    "sed -n '$p'", "sed '$d'", "sed 2q", "sed -n '2,4p'", "sed -n '/b/,/c/p'", "sed 's/a/Z/g;2d'", "sed '/a/!d'",
    "sed -n '$='", "sed '1,3d'", "sed -n '/x/,$p'", "sed '$s/x/END/'", "sed -n '/a/='",
    "uniq", "uniq -c", "uniq -d", "uniq -u", "sort | uniq -c", "cut -c2-3", "cut -d' ' -f2 -s",
    "cut -d' ' -f1,2 --output-delimiter=:", "tr a-c A-C", "tr -d ' '", "tr -s ' '", "tr -s ab", "tr -s a-z A-Z",
    r"tr -cd 'a\n'", r"tr -c 'a\n' .", "tr -ds a b", r"tr ' ' '\n'", "head -c 7", "head -c 0", "head -n 0", "head -3",
    "tail -n +4", "tail -n +0", "tail -c 5", "tail -2", "awk '{print $2}'", "awk '/a/{print NR, $1}'",
    "awk 'NR==3{print; exit}'", "wc -l",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=LINES)
def test_a_filter_does_as_the_real_one(command: str, text: str) -> None:
    real = subprocess.run(["sh", "-c", command], input=text.encode(), capture_output=True, check=False)
    ours = run(["sh", "-c", command], CONTEXT, text.encode())
    assert (ours.exit_code, ours.stdout) == (real.returncode, real.stdout)


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        ("cat", "y\ny\n"), ("cat -n", "     1\ty\n     2\ty\n"), ("grep y", "y\ny\n"), ("grep -n -v x", "1:y\n2:y\n"),
        ("sed s/y/z/", "z\nz\n"), ("sed '$d'", "y\ny\n"), ("tr y z", "z\nz\n"), ("cut -c1", "y\ny\n"),
        ("awk '{print NR}'", "1\n2\n"), ("tee /tmp/x", "y\ny\n"), ("tail -n +5", "y\ny\n"), ("head -c 4", "y\ny\n"),
        ("grep -m2 y", "y\ny\n"), ("sed 2q", "y\ny\n"), ("while read a; do echo $a; done", "y\ny\n"),
    ],
)  # fmt: skip
def test_an_input_without_an_end_is_passed_on_as_it_comes(command: str, printed: str) -> None:
    result = run(["sh", "-c", f"yes | {command} | head -2"], CONTEXT, timeout=30)
    assert (result.exit_code, result.stdout.decode()) == (0, printed)


@pytest.mark.parametrize(
    "command", ["head -1", "head -c 1", "grep -q y", "grep -m1 y", "sed q", "awk '{exit}'"]
)
def test_who_has_enough_ends_the_writer(command: str) -> None:
    assert run(["sh", "-c", f"yes | {command}"], CONTEXT, timeout=30).exit_code == 0
    assert [p for p in CONTEXT.processes.values() if p.name == "yes"] == []
