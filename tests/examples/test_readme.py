"""Every block of code in the documents is run, or says above it why not:

    <!-- not run: <reason> -->

Python that defines tests runs under pytest, other Python just runs; TOML is checked as what it is
(a mockidp.toml, a pyproject.toml, part of a profile); of shell blocks, our commands must parse.
"""

from __future__ import annotations

import re
import shlex
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import mockidp
from mockidp.cli import run as run_cli
from mockidp.flows.grants.client_credentials import ClientCredentials
from mockidp.profiles.load import read_document

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

_BLOCK = re.compile(
    r"^(?P<mark>[ \t]*<!--[^\n]*-->\n)?(?P<fence>[ \t]*```)(?P<language>\w*)[^\n]*\n"
    r"(?P<text>.*?)^(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_NOT_RUN = re.compile(r"<!-- not run: .+ -->")


@dataclass(frozen=True)
class Block:
    document: str
    line: int
    language: str
    text: str
    mark: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def blocks_of(text: str, document: str) -> Iterator[Block]:
    for match in _BLOCK.finditer(text):
        yield Block(
            document=document,
            line=text.count("\n", 0, match.start("fence")) + 1,
            language=match["language"],
            text=textwrap.dedent(match["text"]),
            mark=(match["mark"] or "").strip(),
        )


def all_blocks() -> list[Block]:
    return [
        block
        for path in DOCUMENTS
        for block in blocks_of(path.read_text(encoding="utf-8"), path.name)
    ]


def blocks(*languages: str) -> list[Block]:
    """Those to run."""
    return [
        block
        for block in all_blocks()
        if block.language in languages and not _NOT_RUN.fullmatch(block.mark)
    ]


def with_blocks(*languages: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("block", blocks(*languages), ids=str)


def is_test(block: Block) -> bool:
    return re.search(r"^\s*(async )?def test_", block.text, re.MULTILINE) is not None


# -- the blocks ----------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def place(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working folder."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for variable in ("MOCKIDP_REQUIRE_ALL", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(variable, raising=False)


@with_blocks("python", "py")
def test_python_runs(
    block: Block, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_test(block):
        exec(compile(block.text, str(block), "exec"), {"__name__": "__main__"})
        return
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(test_block=block.text)
    result = pytester.runpytest_subprocess("-p", "mockidp.pytest_plugin", "-W", "error")
    tests = len(re.findall(r"^\s*(?:async )?def test_", block.text, re.MULTILINE))
    result.assert_outcomes(passed=tests)


@with_blocks("toml")
def test_toml_is_right(
    block: Block,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tables = tomllib.loads(block.text)
    if "tool" in tables:
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        (pytester.path / "pyproject.toml").write_text(block.text, encoding="utf-8")
        pytester.makepyfile(test_block="def test_it(mockidp): pass")
        result = pytester.runpytest_subprocess("-p", "mockidp.pytest_plugin", "--strict-config")
        result.assert_outcomes(passed=1)
    elif set(tables) <= {"server", "profiles"}:
        (pytester.path / "mockidp.toml").write_text(block.text, encoding="utf-8")
        assert run_cli(["check"]) == 0, capsys.readouterr().err
    else:
        read_document(tables, str(block))


@with_blocks("sh", "shell", "bash", "console")
def test_our_commands_parse(block: Block) -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    for line in block.text.replace("\\\n", " ").splitlines():
        words = shlex.split(line.removeprefix("$ "), comments=True)
        if words[:3] == ["python", "-m", "mockidp"]:
            words = words[2:]
        if words[:1] == ["mockidp"]:
            parse(words[1:])
        elif words[:1] == ["make"]:
            assert {word for word in words[1:] if "=" not in word} <= set(targets), line


def parse(argv: list[str]) -> None:
    """Take the words apart as the command would, without running it.

    :raises click.ClickException: for an unknown command, option or value.
    """
    command = mockidp.cli.mockidp
    with command.make_context("mockidp", list(argv)) as context:
        name, found, rest = command.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        assert found is not None
        with found.make_context(name, rest, parent=context):
            pass


def test_the_example_of_a_grant_is_the_real_one() -> None:
    (block,) = [b for b in blocks("python") if "class ClientCredentials" in b.text]
    names: dict[str, Any] = {}
    exec(block.text, names)
    shown = {n: v for n, v in vars(names["ClientCredentials"]).items() if n[0] != "_"}
    for name in shown.keys() - {"decide"}:
        assert shown[name] == getattr(ClientCredentials, name), name
    assert callable(shown["decide"])
    assert "decide" in vars(ClientCredentials)


# -- this file -----------------------------------------------------------------------------------


def test_every_block_has_a_language_that_is_checked_here() -> None:
    known = {"python", "py", "toml", "sh", "shell", "bash", "console", "text", "json", "http"}
    assert [str(block) for block in all_blocks() if block.language not in known] == []


def test_a_block_that_is_not_run_says_why() -> None:
    for block in all_blocks():
        assert not block.mark.startswith("<!-- not run") or _NOT_RUN.fullmatch(block.mark), block


def test_no_fence_is_overlooked() -> None:
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        fences = len(re.findall(r"^[ \t]*```", text, re.MULTILINE))
        assert fences == 2 * len(list(blocks_of(text, path.name))), path.name


def test_blocks_are_found_with_their_marks_and_without_their_indentation() -> None:
    text = "a\n<!-- not run: a reason -->\n```python\nx = 1\n```\n\n   ```toml\n   y = 2\n   ```\n"
    one, other = blocks_of(text, "x.md")
    assert (one.line, one.text, one.mark) == (3, "x = 1\n", "<!-- not run: a reason -->")
    assert (other.language, other.text, other.mark) == ("toml", "y = 2\n", "")


@pytest.mark.parametrize(
    "argv", [["sevre"], ["serve", "--prot", "1"], ["serve", "--port", "x"], ["token"]]
)
def test_a_wrong_command_would_be_seen(argv: list[str]) -> None:
    with pytest.raises(Exception, match=r"sevre|prot|not a port|Missing"):
        parse(argv)


def test_python_that_fails_would_be_seen() -> None:
    run: Callable[..., None] = test_python_runs
    block = Block(document="x.md", line=1, language="python", text="raise KeyError", mark="")
    with pytest.raises(KeyError):
        run(block, None, None)
