"""The shell: grammar, quoting, expansion, lists, redirections, jobs; expected values are dash's."""

from __future__ import annotations

import contextlib
import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnetlab.embedded.commands import Context, run
from dnetlab.embedded.commands.shell_arith import ArithmeticError_, evaluate
from dnetlab.embedded.commands.shell_parse import parse
from dnetlab.embedded.commands.shell_tree import ShellSyntaxError
from dnetlab.embedded.kernel import Kernel

KERNEL = Kernel(seed=1)
CONTEXT = Context(KERNEL, KERNEL.namespace("shell"), "box")


def sh(script: str, *arguments: str, stdin: bytes = b"") -> tuple[int | None, str, str]:
    result = run(["sh", "-c", script, *arguments], CONTEXT, stdin)
    return result.exit_code, result.stdout.decode("utf-8", "surrogateescape"), result.stderr.decode()


def out(script: str, *arguments: str) -> str:
    return sh(script, *arguments)[1]


SYNTAX = "echo ab;&|<>()'\"$`\\{}#\n*?[]=12 if then fi for in do done while case esac !~ EOF <<"


@given(st.text(alphabet=SYNTAX, max_size=60))
def test_the_parser_never_crashes(text: str) -> None:
    try:
        parse(text)
    except ShellSyntaxError as error:
        assert error.message and error.line >= 1


@given(st.integers(1, 3000))
def test_deep_nesting_is_a_syntax_error_not_a_crash(depth: int) -> None:
    for opening, closing in (("(", ")"), ("$(", ")"), ("{ ", "; }"), ("if ", "")):
        with contextlib.suppress(ShellSyntaxError):
            parse(opening * depth + "true" + closing * depth)


text_words = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=20)


@settings(deadline=None)
@given(st.lists(text_words, min_size=1, max_size=5))
def test_quoted_words_come_through_unchanged(words: list[str]) -> None:
    script = "printf '<%s>' " + " ".join(map(shlex.quote, words))
    assert out(script) == "".join(f"<{w}>" for w in words)


@settings(deadline=None)
@given(st.lists(text_words, max_size=5))
def test_quoted_arguments_come_through_unchanged(words: list[str]) -> None:
    assert out('for x in "$@"; do printf "<%s>" "$x"; done', "sh", *words) == "".join(f"<{w}>" for w in words)


OPERATORS = ("+", "-", "*", "&", "|", "^", "<", ">", "<=", ">=", "==", "!=")
numbers = st.integers(-1000, 1000)
expressions = st.recursive(
    numbers.map(lambda n: f"({n})"),
    lambda inner: st.tuples(inner, st.sampled_from(OPERATORS), inner).map(
        lambda t: f"({t[0]} {t[1]} {t[2]})"
    ),
    max_leaves=8,
)


@given(expressions)
def test_arithmetic_is_that_of_c(text: str) -> None:
    assert evaluate(text, lambda _: "0", lambda *_: None) == int(eval(text))


@given(st.text(alphabet="0123456789+-*/%()<>=!&|?:xab ", max_size=20))
def test_arithmetic_never_crashes(text: str) -> None:
    with contextlib.suppress(ArithmeticError_):
        evaluate(text, lambda _: "1", lambda *_: None)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo (", 'end of file unexpected (expecting ")")'),
        ("if true; then echo", 'end of file unexpected (expecting "fi")'),
        ("echo 'unfinished", "Unterminated quoted string"),
        ("a | | b", '"|" unexpected'),
        ("; a", '";" unexpected'),
        ("done", '"done" unexpected'),
        ("echo a &&", "end of file unexpected"),
        ("for", "Bad for loop variable"),
        ("}", '"}" unexpected'),
    ],
)
def test_syntax_errors_are_told_as_dash_tells_them(script: str, message: str) -> None:
    assert sh(script) == (2, "", f"sh: 1: Syntax error: {message}\n")


@pytest.mark.parametrize(
    ("script", "printed"),
    [
        ("true && echo a || echo b; false && echo c || echo d", "a\nd\n"),
        ("! true; echo $?; ! false; echo $?", "1\n0\n"),
        ("(exit 3); echo $?; { echo x; echo y; } | tail -1", "3\ny\n"),
        ("x=1; (x=2; echo $x); echo $x", "2\n1\n"),
        ("x='a  b'; echo $x; echo \"$x\"", "a b\na  b\n"),
        ("x=$(echo a; exit 4); echo $x $?", "a 4\n"),
        ("echo $(echo $(echo deep)) `echo tick`", "deep tick\n"),
        ("for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done", "1\n3\n"),
        ("i=0; while [ $i -lt 5 ]; do i=$((i+1)); [ $i = 3 ] && break; done; echo $i", "3\n"),
        ("i=0; until [ $i -ge 2 ]; do i=$((i+1)); done; echo $i", "2\n"),
        ("case abc in x) echo 1;; a*|y) echo 2;; *) echo 3;; esac", "2\n"),
        ("if false; then echo 1; elif true; then echo 2; else echo 3; fi", "2\n"),
        ("f() { echo $1; return 4; }; f x; echo $?", "x\n4\n"),
        ("echo ${A:-d} ${A-d} ${A:+s}; A=v; echo ${A:-d} ${A:+s} ${#A}", "d d\nv s 1\n"),
        ("p=/a/b.txt; echo ${p##*/} ${p%.txt} ${p#/} ${p%%/*}.", "b.txt /a/b a/b.txt .\n"),
        ('set -- a b c; echo $# $1 "$*"; shift; echo $@', "3 a a b c\nb c\n"),
        ("cat <<EOF\n$((1+1)) $HOME\nEOF\ncat <<'EOF'\n$HOME\nEOF\necho after", "2 /root\n$HOME\nafter\n"),
        ("cat <<-EOF\n\ttabbed\n\tEOF\n", "tabbed\n"),
        ("echo a >/tmp/f; echo b >>/tmp/f; cat </tmp/f; wc -l < /tmp/f", "a\nb\n2\n"),
        ("echo out; echo err >&2 2>/dev/null", "out\n"),
        ("{ echo a; echo b >&2; } 2>&1 | grep -c .", "2\n"),
        ("mkdir /tmp/d /tmp/d/e; touch /tmp/d/f; ls -p /tmp/d; ls -F /tmp/d", "e/\nf\ne/\nf\n"),
        ("mkdir /tmp/d; ls -pd /tmp/d /etc/hosts", "/etc/hosts\n/tmp/d/\n"),
        ("ls /nosuch >/tmp/o 2>&1; cat /tmp/o", "ls: cannot access '/nosuch': No such file or directory\n"),
        ("echo 'a b' | while read x y; do echo $y-$x; done", "b-a\n"),
        ("sleep 2 & sleep 1; echo first; wait; echo last", "first\nlast\n"),
        ("(sleep 1; echo late) & echo early; wait", "early\nlate\n"),
        ("sleep 9 & kill $!; wait $!; echo $?", "143\n"),
        ("exec echo replaced; echo never", "replaced\n"),
        ("trap 'echo bye' EXIT; echo hi; exit 3", "hi\nbye\n"),
        ("set -e; if false; then :; fi; false || echo saved; false; echo never", "saved\n"),
        ("eval 'x=5; echo $x'; . /tmp/nosuch 2>/dev/null; echo never", "5\n"),
        ("x=1 env | grep ^x=; echo [$x]", "x=1\n[]\n"),
        ("echo /etc/h*; echo '/etc/h*' /nosuch*", "/etc/host.conf /etc/hosts\n/etc/h* /nosuch*\n"),
        ("echo a#b # comment", "a#b\n"),
        ("echo one \\\n two", "one two\n"),
        ("yes | head -2", "y\ny\n"),
    ],
)
def test_scripts_print_what_dash_prints(script: str, printed: str) -> None:
    CONTEXT.files.write("/etc/hosts", b"127.0.0.1 localhost\n")
    assert out(script) == printed


def test_set_e_ends_a_script_with_the_status_of_what_failed() -> None:
    assert sh("set -e; (exit 7); echo never")[0] == 7


def test_a_loop_without_a_wait_cannot_stop_the_clock() -> None:
    before = KERNEL.now
    assert sh("timeout 2 sh -c 'while :; do :; done'; echo $?")[1] == "124\n"
    assert 2 <= KERNEL.now - before < 3


def test_commands_before_a_syntax_error_run() -> None:
    assert sh("echo first\nfi")[:2] == (2, "first\n")


def test_a_script_from_standard_input() -> None:
    result = run(["sh"], CONTEXT, b"x=3\nif [ $x = 3 ]; then\n echo three\nfi\nexit 5\n")
    assert (result.exit_code, result.stdout) == (5, b"three\n")


@pytest.mark.parametrize(
    ("command", "code", "complaint"),
    [
        ("foo bar", 127, "sh: 1: foo: not found\n"),
        ("/nosuch", 127, "sh: 1: /nosuch: not found\n"),
        ("/etc/os-release", 126, "sh: 1: /etc/os-release: Permission denied\n"),
        ("echo a >/nosuch/b", 2, "sh: 1: cannot create /nosuch/b: Directory nonexistent\n"),
        ("cat </nosuch", 2, "sh: 1: cannot open /nosuch: No such file\n"),
    ],
)
def test_failures_have_dash_s_status_and_words(command: str, code: int, complaint: str) -> None:
    got, _, stderr = sh(command)
    assert got == code
    assert stderr.startswith(complaint)
