"""The grammar of filters, as `metric.roc_auc > 0.8 and tag.stage = "eu"`, and what is said of a text that is none."""

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
    FIELD: /[A-Za-z_][\w.-]*/
    OPERATOR: /!=|<=|>=|=|<|>/
    TEXT: /"[^"]*"|'[^']*'/
    WORD: /[^\s()=<>!"']+/
    %ignore /\s+/
"""
IN_WORDS = {
    "_NOT": "not",
    "_AND": "and",
    "_OR": "or",
    "LPAR": "(",
    "RPAR": ")",
    "FIELD": "a field",
    "OPERATOR": "one of = != < <= > >=",
    "TEXT": "a value",
    "WORD": "a value",
    "$END": "the end",
}
LONGEST, MOST_TOKENS = 2_000, 300
SHOWN = 30


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", maybe_placeholders=False)


def parse(text: str) -> "Tree[Token] | Token":
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
    return InvalidRequest(f"`where` can't be read {place(text, position)}: expected {listed or 'something else'}.")
