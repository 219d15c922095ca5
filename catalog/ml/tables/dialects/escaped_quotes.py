r"""Quotes within quotes that are written as \", as Spark, Hive and MySQL do: CSV writes them twice.

What a backslash means elsewhere in such files differs by the program, so they are told, and not read by a guess.
"""

import re

# Behind a quote with which a cell ends stands one of these.
BEHIND = rb"[,;\t|\r\n]"
# What ends no cell, and is no quote that is written twice.
CANDIDATE = re.compile(rb'\\"(?!"|' + BEHIND + rb"|\Z)")
QUOTED = re.compile(rb"(?:\A|" + BEHIND + rb')"(?!' + BEHIND + rb')[^"]*\\"')
SHOWN = 40


def find_escaped(text: bytes) -> bytes:
    r"""The end of the first cell in which a quote is written as \" for certain, up to that; empty when there is none.

    A cell may end in a backslash, and then in its quote: that tells nothing.
    """
    for candidate in CANDIDATE.finditer(text):
        start = text.rfind(b'"', 0, candidate.start())
        if start >= 0 and (quoted := QUOTED.match(text, max(start - 1, 0), candidate.start() + 2)):
            return quoted[0].lstrip(b",;\t|\r\n")[-SHOWN:]
    return b""
