"""JSON Lines, one object a line, as Parquet: read twice in blocks, once for the types and once for the values."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
import pyarrow.parquet as pq

from catalog.exceptions import InvalidData
from catalog.ml.tables.file_formats import AS_LINES

BLOCK_BYTES = 4 * 1024 * 1024
LONGEST_LINE = 64 * 1024 * 1024
DATE = r"^\d{4}-\d\d-\d\d$"
ZONED = r"(Z|[+-]\d\d(:?\d\d)?)$"
# What pyarrow says of a key; its rows count from 0, without blank lines.
CHANGED = re.compile(r"Column\(/?(?P<key>.*)\) changed from (?P<before>\w+) to (?P<after>\w+) in row (?P<row>\d+)")
TIMES = {"date": pa.date32(), "zoned": pa.timestamp("us", "UTC"), "zoneless": pa.timestamp("us")}


def convert_json_lines(path: Path, name: str, target: Path) -> None:
    """A key that a line does not have is missing there. Raises InvalidData naming the line that does not fit."""
    types = _infer(path, name)
    if not types:
        raise InvalidData(f"{name} has no rows.")
    if all(map(pa.types.is_nested, types.values())):
        raise InvalidData(f"{name} is one JSON document, no table. {AS_LINES}")
    texts = {column: pa.string() if kind in TIMES.values() else kind for column, kind in types.items()}
    schema = pa.schema(list(types.items()))
    with pq.ParquetWriter(target, schema) as writer:
        for first_line, block in _blocks(path, name):
            table = _read(block, name, first_line, pj.ParseOptions(explicit_schema=pa.schema(list(texts.items()))))
            writer.write_table(pa.table([table.column(key).cast(types[key]) for key in types], schema=schema))


def _infer(path: Path, name: str) -> dict[str, pa.DataType]:
    """The type of each key, in the order in which they come."""
    types: dict[str, pa.DataType] = {}
    for first_line, block in _blocks(path, name):
        table = _read(block, name, first_line, pj.ParseOptions())
        for field in table.schema:
            kind = _time_type(block, field.name) if pa.types.is_timestamp(field.type) else field.type
            known = types.get(field.name, pa.null())
            if (wider := _wider(known, kind)) is None:
                raise InvalidData(
                    f"{name}: {field.name!r} is {known} at first, and {kind} from line {first_line} on. "
                    "Write it in one way."
                )
            types[field.name] = wider
    return {key: pa.string() if pa.types.is_null(kind) else kind for key, kind in types.items()}


def _wider(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    kinds = {one, other} - {pa.null()}
    if len(kinds) < 2:
        return next(iter(kinds), pa.null())
    if kinds == {pa.int64(), pa.float64()}:
        return pa.float64()
    if kinds <= {pa.string(), *TIMES.values()}:
        return pa.string()
    try:
        schemas = [pa.schema([("value", kind)]) for kind in (one, other)]
        return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except pa.ArrowException:
        return None


def _time_type(block: bytes, key: str) -> pa.DataType:
    """What the texts say that pyarrow takes for times: it drops their zone and makes midnight of a day."""
    options = pj.ParseOptions(explicit_schema=pa.schema([(key, pa.string())]), unexpected_field_behavior="ignore")
    texts = pc.drop_null(pj.read_json(io.BytesIO(block), parse_options=options).column(0))
    dates, zoned = (pc.sum(pc.match_substring_regex(texts, pattern)).as_py() for pattern in (DATE, ZONED))
    zoned -= dates  # the month and day of a date look like an offset
    kinds = {"date": dates == len(texts), "zoned": zoned == len(texts), "zoneless": not dates and not zoned}
    return next((TIMES[kind] for kind, holds in kinds.items() if holds), pa.string())


def _read(block: bytes, name: str, first_line: int, options: pj.ParseOptions) -> pa.Table:
    try:
        return pj.read_json(
            io.BytesIO(block), parse_options=options, read_options=pj.ReadOptions(block_size=len(block) + 1)
        )
    except pa.ArrowException as error:
        lines = {number: line for number, line in enumerate(block.split(b"\n"), first_line) if line.strip()}
        for number, line in lines.items():
            if not _is_object(line):
                raise InvalidData(f"{name}: line {number} is no JSON object.") from error
        if changed := CHANGED.search(str(error)):
            raise InvalidData(
                f"{name}: {changed['key']!r} is {changed['before']} at first, and {changed['after']} in line "
                f"{list(lines)[int(changed['row'])]}. Write it in one way."
            ) from error
        raise InvalidData(f"{name} can't be read after line {first_line}: {str(error)[:300]}.") from error


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _blocks(path: Path, name: str) -> Iterator[tuple[int, bytes]]:
    """Whole lines, some MiB at a time, with the number of the first."""
    number, rest = 1, b""
    with path.open("rb") as file:
        if file.read(3) != b"\xef\xbb\xbf":
            file.seek(0)
        while chunk := file.read(BLOCK_BYTES):
            lines, end, begun = (rest + chunk).rpartition(b"\n")
            if not end and len(begun) > LONGEST_LINE:
                raise InvalidData(f"{name}: line {number} is longer than {LONGEST_LINE:,} bytes.")
            if lines.strip():
                yield number, lines
            number, rest = number + lines.count(b"\n") + len(end), begun
    if rest.strip():
        yield number, rest
