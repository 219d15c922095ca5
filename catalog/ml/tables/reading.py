"""A table in a file, read in batches of explicit types in bounded memory.

Types are never guessed here: the caller names each column's Arrow type, or None for a column as it is written (text in
a CSV file, its own type in Parquet). A cell that does not fit is an error that names column, row and expected type.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from catalog.exceptions import InvalidData, absent
from catalog.ml.tables.conversion.casting import SourceType, source_type
from catalog.ml.tables.conversion.missing import MissingWords
from catalog.ml.tables.conversion.written_cells import cast_columns
from catalog.ml.tables.dialects.detection import detect_dialect
from catalog.ml.tables.dialects.dialect import CellFormat, Dialect
from catalog.ml.tables.dialects.layout import header_advice
from catalog.ml.tables.dialects.text_encodings import UTF_8, TextScan
from catalog.ml.tables.file_formats import FileFormat, detect_format
from catalog.ml.tables.files.column_names import UNNAMED, clean_name, clean_names
from catalog.ml.tables.files.csv_advice import check_blank_ends, lay_out_first
from catalog.ml.tables.files.csv_reading import Batches, CsvColumns, OnBytes, Types, read_csv
from catalog.ml.tables.files.csv_source import CsvSource, TextFile, open_source
from catalog.ml.tables.files.parquet_reading import index_columns, read_parquet, read_parquet_schema
from catalog.ml.tables.files.partitions import partition_values
from catalog.ml.tables.prefetch import prefetch
from catalog.ml.tables.read_options import ReadOptions


@dataclass(frozen=True)
class TableFile:
    """A table on this machine. `name` is what people call it, in messages.

    `raw_names` are the columns in the file, by the names that they have here; `column_types` those of a Parquet file;
    `index_columns` only number the rows, and `blank_columns` have neither names nor values; `partitions` are the
    columns that the file's folders hold, with their values. Of a Parquet file, `row_groups` are those that are read;
    all when there are none. Of a text file, `source` is what is read, `example` a word that shows the encoding that
    was found, and `is_whole` tells that its last line has an end. `is_new` tells that no version records how its
    columns are written.
    """

    path: Path
    file_format: FileFormat
    name: str
    raw_names: Mapping[str, str]
    column_types: Mapping[str, pa.DataType] = field(default_factory=dict)
    row_groups: tuple[int, ...] = ()
    options: ReadOptions = field(default_factory=ReadOptions)
    index_columns: tuple[str, ...] = ()
    partitions: Mapping[str, str | None] = field(default_factory=dict)
    source: CsvSource | None = None
    blank_columns: Mapping[str, str] = field(default_factory=dict)
    example: str = ""
    is_whole: bool = True
    is_new: bool = False

    @cached_property
    def column_names(self) -> list[str]:
        return [*self.raw_names, *self.partitions]

    @property
    def is_csv(self) -> bool:
        return self.file_format is not FileFormat.PARQUET

    @property
    def missing(self) -> MissingWords:
        """The words that mean a missing value in a file of this format."""
        return self.options.missing if self.is_csv else self.options.missing.outside_csv()

    def with_missing(self, missing: MissingWords) -> Self:
        """The same table, in which these words mean a missing value."""
        return replace(self, options=replace(self.options, missing=missing))

    @property
    def dialect(self) -> Dialect:
        return self.options.dialect or Dialect()

    def with_formats(self, formats: Mapping[str, CellFormat]) -> Self:
        """The same table, in which the numbers and dates of these columns are written so."""
        dialect = replace(self.dialect, formats=dict(formats))
        source = replace(self.source, dialect=dialect) if self.source else None
        return replace(self, source=source, options=replace(self.options, dialect=dialect))

    def without(self, columns: Collection[str]) -> Self:
        """The same table without these columns."""
        return replace(self, raw_names={name: raw for name, raw in self.raw_names.items() if name not in columns})

    def batches(self, types: Types, *, on_bytes: OnBytes | None = None) -> Batches:
        """Record batches with the columns of `types`, in its order and by its names. Raises InvalidData."""
        self.require(types)
        names = {name: self._column(name) for name in types}
        partitions = [name for name, column in names.items() if column in self.partitions]
        stored = {name: kind for name, kind in types.items() if name not in partitions}
        if not stored and self.raw_names:  # to know how many rows there are
            stored = {next(iter(self.raw_names)): None}
        for batch in self._stored_batches(stored, on_bytes):
            yield self._with_partitions(batch, types, names) if partitions else batch

    def _stored_batches(self, types: Types, on_bytes: OnBytes | None) -> Batches:
        names = {name: self.raw_names[self._column(name)] for name in types}
        if self.source:
            return read_csv(CsvColumns(self.source, names, types, self.options.missing), on_bytes)
        return read_parquet(
            self.path,
            self.name,
            names,
            types,
            missing=self.missing,
            formats=self.dialect.formats,
            row_groups=self.row_groups,
            on_bytes=on_bytes,
        )

    def _with_partitions(self, batch: pa.RecordBatch, types: Types, names: Mapping[str, str]) -> pa.RecordBatch:
        columns = [
            pa.array([self.partitions[names[name]]] * batch.num_rows, pa.string())
            if names[name] in self.partitions
            else batch.column(name)
            for name in types
        ]
        kinds = {name: kind if names[name] in self.partitions else None for name, kind in types.items()}
        rows = pa.RecordBatch.from_arrays(columns, list(types))
        return cast_columns(rows, kinds, self.dialect.formats, source=self.name, missing=self.options.missing)

    def prefetch_batches(self, types: Types, *, on_bytes: OnBytes | None = None) -> Batches:
        """The same, read by a thread while the caller works on what it has. Close the iterator to end it before the
        last batch."""
        return prefetch(self.batches(types, on_bytes=on_bytes))

    def stored_type(self, name: str) -> pa.DataType | None:
        """The type of a column of a Parquet file; None where cells are texts, as in CSV files and in folders' names."""
        return self.column_types.get(self._column(name))

    def holds_texts(self, name: str) -> bool:
        """Whether the cells of the column are texts in the file; what folders hold is none of it."""
        kind = self.stored_type(name)
        return self._column(name) in self.raw_names and (kind is None or source_type(kind) is SourceType.TEXT)

    def _column(self, name: str) -> str:
        """The column that somebody calls so, perhaps with white space around it or with accents decomposed."""
        return name if name in self.raw_names or name in self.partitions else clean_name(name)

    def require(self, names: Mapping[str, Any]) -> None:
        """Raises InvalidData when columns are missing, with all of their names."""
        known = set(self.column_names)
        if missing := [name for name in names if self._column(name) not in known]:
            raise InvalidData(f"{self.name} has {absent(missing, self.column_names)}")


def open_table(
    path: Path, name: str, options: ReadOptions | None = None, *, address: str = "", row_groups: tuple[int, ...] = ()
) -> TableFile:
    """The table in the file, with its header read. `address` is where people keep it, in folders that may hold columns:
    s3://bucket/key or an absolute path. Raises InvalidData for anything that is not a table."""
    options = options or ReadOptions()
    if not options.is_legacy:
        options = replace(options, partitions={**options.partitions, **partition_values(address)})
    file_format = detect_format(path, name)
    if file_format is not FileFormat.PARQUET:
        return _open_text(TextFile(path, name, file_format is FileFormat.CSV_GZIP), file_format, options)
    schema = read_parquet_schema(path, name)
    names = _names(list(schema.names), name, options)
    indexes = index_columns(schema)
    return TableFile(
        path,
        file_format,
        name,
        names,
        {column: schema.field(original).type for column, original in names.items()},
        row_groups,
        options,
        tuple(column for column, raw in names.items() if raw in indexes or _is_unnamed(column, raw)),
        _partitions(names, options),
        is_new=options.dialect is None,
    )


def _open_text(file: TextFile, file_format: FileFormat, options: ReadOptions) -> TableFile:
    """With the dialect that was recorded, or else is found."""
    scan = TextScan(UTF_8)
    if options.dialect is not None:
        source = open_source(file, options.dialect)
    else:
        found = detect_dialect(file, options.request)
        source, scan = found.source, found.scan
    try:
        check_blank_ends(source)
        names = _names(source.header[0], file.name, options)
    except InvalidData as error:
        raise InvalidData(f"{error}{header_advice(lay_out_first(source))}") from error
    blank = {name: raw for name, raw in names.items() if raw in source.blank_columns}
    names = {name: raw for name, raw in names.items() if name not in blank}
    return TableFile(
        file.path,
        file_format,
        file.name,
        names,
        options=replace(options, dialect=source.dialect),
        index_columns=tuple(column for column, raw in names.items() if _is_unnamed(column, raw)),
        partitions=_partitions(names, options),
        source=source,
        blank_columns=blank,
        example=scan.example,
        is_whole=scan.has_last_end,
        is_new=options.dialect is None,
    )


def _names(raw: list[str], name: str, options: ReadOptions) -> dict[str, str]:
    return dict(zip(clean_names(raw, name, is_legacy=options.is_legacy), raw, strict=True))


def _is_unnamed(column: str, original: str) -> bool:
    return column == UNNAMED and not original.strip()


def _partitions(names: Collection[str], options: ReadOptions) -> dict[str, str | None]:
    """What the folders hold and the file does not."""
    return {clean_name(key): value for key, value in options.partitions.items() if clean_name(key) not in names}
