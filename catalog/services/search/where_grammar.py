"""The grammar of filters, as `metric.roc_auc > 0.8 and tag.stage = "eu"`, and what is said of a text that is none."""

import re
from functools import cache

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from catalog.exceptions import InvalidRequest

GRAMMAR = r"""
    ?start: any_of
    ?any_of: all_of (_OR all_of)*
    ?all_of: negated (_AND negated)*
    ?negated: _NOT negated -> negation
            | "(" any_of ")"
            | FIELD [OPERATOR (TEXT | WORD)] -> comparison
    _NOT.2: /not\b/i
    _AND.2: /and\b/i
    _OR.2: /or\b/i
    FIELD: /[A-Za-z_][\w-]*(\.([\w.-]+|"[^"]*"|'[^']*'))?/
    OPERATOR: /!=|<=|>=|=|<|>/
    TEXT: /"[^"]*"|'[^']*'/
    WORD: /[^\s()=<>!"']+/
    %ignore /\s+/
"""
IN_WORDS = {
    "_NOT": "'not'",
    "_AND": "'and'",
    "_OR": "'or'",
    "LPAR": "'('",
    "RPAR": "')'",
    "FIELD": "a field",
    "OPERATOR": "one of = != < <= > >=",
    "TEXT": "a value",
    "WORD": "a value",
    "$END": "the end",
}
LONGEST, SHOWN = 2_000, 30
# What people write who know other languages, with the mark that can't be read as its last or first one.
HABITS = {
    "==": "Equal is written =.",
    "<>": "Unequal is written !=.",
    "=>": "At least is written >=.",
    "=<": "At most is written <=.",
    "&": "Write and.",
    "|": "Write or.",
    "!": "Write not before it, or != between two.",
    "in": "Write tag.stage = eu or tag.stage = us.",
    "is": "Whether there is one is asked by tag.stage alone, whether there is none by not tag.stage.",
    "like": "Texts are compared as a whole.",
    "contains": "Texts are compared as a whole.",
    "~": "Texts are compared as a whole.",
    ":": "Compare by one of = != < <= > >=.",
}
UNQUOTED = re.compile(r"""[=<>]\s*[^\s()=<>!"']+\s+$""")


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", maybe_placeholders=False)


def parse(text: str) -> "Tree[Token]":
    """The tree of a filter. Raises InvalidRequest with the place where it can't be read."""
    if len(text) > LONGEST:
        raise InvalidRequest(f"`where` has {len(text):,} characters; it can have {LONGEST:,}.")
    try:
        return _parser().parse(text)
    except UnexpectedToken as error:
        position = len(text) if error.token.type == "$END" else error.token.start_pos or 0
        raise _refusal(text, position, error.accepts or error.expected) from error
    except UnexpectedCharacters as error:
        raise _refusal(text, error.pos_in_stream or 0, error.allowed or set()) from error
    except UnexpectedInput as error:
        raise _refusal(text, error.pos_in_stream or 0, set()) from error


def place(text: str, position: int) -> str:
    """As people count characters, with what stands there."""
    rest = text[position:].strip()
    if not rest:
        return "at its end"
    return f"at character {position + 1}, {rest if len(rest) <= SHOWN else f'{rest[: SHOWN - 1]}…'!r}"


def _refusal(text: str, position: int, expected: set[str]) -> InvalidRequest:
    position += len(text[position:]) - len(text[position:].lstrip())
    words = list(dict.fromkeys(word for name, word in IN_WORDS.items() if name in expected))
    listed = f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)
    expectation = f"expected {listed or 'something else'}.{_hint(text, position)}"
    return InvalidRequest(f"`where` can't be read {place(text, position)}: {expectation}")


def _hint(text: str, position: int) -> str:
    """How what stands there is written here, where that is known."""
    around, rest = text[max(position - 1, 0) : position + 1], text[position:]
    word = re.match(r"\w*", rest)
    known = (HABITS.get(mark.lower()) for mark in (around, word[0] if word else "", rest[:1]))
    hint = next(filter(None, known), "")
    if not hint and rest and rest[0] not in "()=<>" and UNQUOTED.search(text[:position]):
        hint = "A text with spaces stands in quotes."
    return f" {hint}" if hint else ""
