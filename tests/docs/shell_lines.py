"""The simple commands of a shell text: who is called with which words.

Rules of the file
- Nothing is expanded: `$NAME` stays a word, and what a substitution gives is one word, beside the commands inside it.
- bash says whether the text is one; here it is only taken apart, and what is too clever for this fails aloud.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BETWEEN = {";", "&&", "||", "|", "&", "(", ")", ";;", "|&", "{", "}"}
OPENING = {"then", "do", "else", "if", "elif", "while", "until", "!", "time", "done", "fi", "esac"}
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1(.*?)\n(?:.*?\n)?[ \t]*\2(?=\n|$)", re.DOTALL)
SUBSTITUTION = re.compile(r"[$<>]\(((?:[^()]|\([^()]*\))*)\)")
"""Of a command's output, or of a file that holds it."""


def commands(text: str) -> Iterator[list[str]]:
    """The words of each command, assignments before it left out; raises ValueError for a quote that never ends."""
    text = HEREDOC.sub(lambda match: match[3], text).replace("\\\n", " ")
    for inside in SUBSTITUTION.findall(text):
        yield from commands(inside)
    for line in _whole_lines(SUBSTITUTION.sub("SUBSTITUTED", text)):
        yield from _of_a_line(line)


def _whole_lines(text: str) -> Iterator[str]:
    """Lines, together as long as a quote is open."""
    waiting = ""
    for line in text.split("\n"):
        waiting += line
        try:
            _words(waiting)
        except ValueError:
            waiting += "\n"
            continue
        yield waiting
        waiting = ""
    if waiting.strip():
        raise ValueError(f"a quote is never closed: {waiting.splitlines()[0]}")


def _words(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="();<>|&")
    lexer.whitespace_split = True
    return list(lexer)


def _of_a_line(line: str) -> Iterator[list[str]]:
    words: list[str] = []
    skip = False
    for word in [*_words(line), ";"]:
        if skip:
            skip = False
        elif word in BETWEEN or (not words and word in OPENING):
            if words:
                yield words
            words = []
        elif word[0] in "<>":  # a redirection, and the file behind it; a number before it is a descriptor
            skip = True
            if words and words[-1].isdigit():
                words.pop()
        elif words or not ASSIGNMENT.match(word):
            words.append(word)
