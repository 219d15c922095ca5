"""Which encoding a text has, and texts of one byte a character in Arrow's columns as UTF-8."""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pyarrow as pa

from catalog.exceptions import InvalidData, InvalidRequest
from catalog.ml.tables.dialects.escaped_quotes import find_escaped

UTF_8 = "utf-8"
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF8: UTF_8,
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# Where they say the same of a text the first is taken: Latin-1 is cp1252 without what cp1252 has at 0x80 to 0x9F.
ONE_BYTE = ("cp1252", "cp850", "mac-roman", "latin-1")
WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
MULTIBYTE = re.compile(rb"[\xc3-\xf4][\x80-\xbf]+")
MOST_WORDS, MOST_CHUNKS = 2_000, 8
COMMON, RARE = set("áàâãäåçéèêíñóôõöøúüßæ"), set("ëìîïòœùûýÿšžðþ")
SIGNS = set("€°ºª–—‘’“”«»£§©®·¿¡…\u00a0")


def check_encoding(encoding: str) -> str:
    """The name that Python gives the encoding. Raises InvalidRequest for one that it has not."""
    try:
        found = codecs.lookup(encoding)
        "a".encode(encoding)
    except (LookupError, ValueError, TypeError) as error:
        raise InvalidRequest(
            f"`encoding`: {encoding!r} is no encoding of text. Use utf-8, utf-16, {', '.join(ONE_BYTE)} or another "
            "that Python knows."
        ) from error
    names = {codecs.lookup(name).name: name for name in (UTF_8, "utf-16-le", "utf-16-be", *ONE_BYTE)}
    return UTF_8 if found.name == "utf-8-sig" else names.get(found.name, found.name)


def marked_encoding(head: bytes) -> str:
    """What the byte order mark says, or the zeros of UTF-16; empty when neither says anything."""
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return encoding
    even, odd = head[0::2].count(0), head[1::2].count(0)
    most, least = max(even, odd), min(even, odd)
    if len(head) >= 4 and most * 2.5 >= len(head) / 2 and least * 20 <= most:
        return "utf-16-le" if odd > even else "utf-16-be"
    return ""


@dataclass(frozen=True)
class TextScan:
    """What all bytes of a text tell: its encoding, UTF-8 when all of it is, else that of one byte a character in which
    its words make most sense, with a word that shows it; and whether its quotes are even, and its last line has an
    end; `escaped` is the beginning of a cell whose quotes are written as \\"."""

    encoding: str
    example: str = ""
    has_even_quotes: bool = True
    has_last_end: bool = True
    escaped: str = ""


def scan_text(chunks: Iterable[bytes], name: str, encoding: str = "") -> TextScan:
    """`encoding` is that which is known already. Raises InvalidData for what is no text."""
    words: dict[bytes, None] = {}
    decoder = codecs.getincrementaldecoder(UTF_8)()
    is_utf8, has_nul, tail, quotes, looked, escaped = True, False, b"", 0, 0, b""
    for chunk in chunks:
        quotes += chunk.count(b'"')
        escaped = escaped or find_escaped(tail + chunk)
        if is_utf8 and not (chunk.isascii() and not decoder.getstate()[0]):
            is_utf8 = _decodes(decoder, chunk)
        has_nul = has_nul or b"\0" in chunk
        if len(words) < MOST_WORDS and looked < MOST_CHUNKS and not chunk.isascii():
            looked += 1
            words |= dict.fromkeys(WORD.findall(tail + chunk)[:MOST_WORDS])
        tail = chunk[-40:]
    has_end = tail.rstrip(b"\0").endswith((b"\n", b"\r"))
    seen = TextScan(encoding or UTF_8, "", quotes % 2 == 0, has_end, escaped.decode(errors="replace"))
    if encoding or (is_utf8 and not decoder.getstate()[0]):
        return seen
    if has_nul:
        raise InvalidData(f"{name} is no text: it holds NULs, and is not UTF-8 or UTF-16.")
    found, example = _best(list(words), name)
    return replace(seen, encoding=found, example=example)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def _best(words: list[bytes], name: str) -> tuple[str, str]:
    """Raises InvalidData for a mixture with UTF-8."""
    text = b" ".join(words)
    in_utf8 = sum(_is_utf8(match) for match in MULTIBYTE.findall(text))
    others = len(re.findall(rb"[\x80-\xff]", MULTIBYTE.sub(b"", text)))
    if in_utf8 and in_utf8 * 4 >= others:
        raise InvalidData(f"{name} holds UTF-8 and text in another encoding. Save it as UTF-8.")
    scores = {encoding: _score(words, encoding) for encoding in ONE_BYTE}
    known = {encoding: score for encoding, score in scores.items() if score is not None}
    if not known:
        raise InvalidData(f"{name} is no text in any of {UTF_8}, {', '.join(ONE_BYTE)}. Say its `encoding`.")
    best = max(known, key=lambda encoding: (known[encoding], -ONE_BYTE.index(encoding)))
    if known[best] < -len(words):
        raise InvalidData(f"{name} is no text that makes sense in any of {', '.join(ONE_BYTE)}. Say its `encoding`.")
    return best, _example(words, best)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _score(words: list[bytes], encoding: str) -> int | None:
    try:
        return sum(_score_word(word.decode(encoding)) for word in words)
    except UnicodeDecodeError:
        return None


def _score_word(word: str) -> int:
    """Letters that people write, where letters stand and in their case, speak for an encoding, signs there against."""
    score, is_alone = 0, not re.search(r"[A-Za-z]", word)
    for at, character in enumerate(word):
        if character.isascii():
            continue
        before, behind = word[at - 1 : at], word[at + 1 : at + 2]
        if character.isalpha() and character.lower() in COMMON | RARE:
            weight = 0 if is_alone else 3 if character.lower() in COMMON else 2
            score += -3 if _is_odd_case(before, character, behind) else weight
        elif character in SIGNS and not (before.isalpha() and behind.isalpha()):
            score += 0
        else:
            score -= 3
    return score


def _is_odd_case(before: str, character: str, behind: str) -> bool:
    """A capital within small letters, or the reverse."""
    if character.isupper():
        return before.islower() or (before.isupper() and behind.islower())
    return before.isupper() and behind.isupper()


def _example(words: list[bytes], encoding: str) -> str:
    return max((word.decode(encoding) for word in words[:200]), key=lambda word: (len(word) < 30, len(word)))[:30]


@cache
def is_one_byte(encoding: str) -> bool:
    """Whether each byte is a character, and those of ASCII are what they are there: Arrow finds cells in it."""
    characters = bytes(range(256)).decode(encoding, errors="replace")
    return len(characters) == 256 and characters[:128].encode() == bytes(range(128))


@cache
def _utf8_lengths(encoding: str) -> np.ndarray:
    characters = (bytes([byte]).decode(encoding, errors="replace") for byte in range(256))
    return np.array([len(character.encode()) for character in characters], np.int64)


def to_utf8(texts: pa.Array, encoding: str) -> pa.Array:
    """Texts, or categories of them, that Arrow has read as they are written. Raises UnicodeDecodeError."""
    if pa.types.is_dictionary(texts.type):
        return pa.DictionaryArray.from_arrays(texts.indices, to_utf8(texts.dictionary, encoding))
    validity, offsets, data = texts.buffers()
    if data is None:
        return texts
    starts = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    written = data.slice(int(starts[0]), int(starts[-1] - starts[0])).to_pybytes()
    if written.isascii():
        return texts
    ends = np.concatenate([[0], np.cumsum(_utf8_lengths(encoding)[np.frombuffer(written, np.uint8)])])
    moved = pa.py_buffer(ends[starts - starts[0]].astype(np.int32))
    if texts.null_count and texts.offset:
        raise ValueError("texts with nulls must begin with their buffers")
    decoded = pa.py_buffer(written.decode(encoding).encode())
    return pa.StringArray.from_buffers(len(texts), moved, decoded, validity if texts.null_count else None)


def decoded_chunks(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The same text as UTF-8, without a byte order mark. Raises UnicodeDecodeError."""
    decoder = codecs.getincrementaldecoder(encoding)()
    is_first = True
    for chunk in chunks:
        text = decoder.decode(chunk)
        yield (text.removeprefix("\ufeff") if is_first else text).encode(errors="surrogatepass")
        is_first = is_first and not text
    yield decoder.decode(b"", final=True).encode()
