"""What many files hold, by their names; of files without endings, as Athena writes them, by their first bytes."""

from collections.abc import Sequence

from catalog.ml.tables.file_formats import HEAD_BYTES, TYPED, AnyFormat, check_one_kind, format_of_head, require_format
from catalog.storage.sources import SourceFile, has_ending, read_head


def find_file_format(file: SourceFile, *, unsigned: bool = False) -> AnyFormat:
    """Raises InvalidData for an ending that says none, StorageError."""
    return require_format(file.uri) if has_ending(file.uri) else format_of_head(_head(file, unsigned))


def have_types(files: Sequence[SourceFile], source: str, *, unsigned: bool = False) -> bool:
    """Whether the columns of the files have types, as in Parquet. Raises InvalidData when only some of them do.

    Of files without endings one is looked at; the others are when they are read.
    """
    if named := [file.uri for file in files if has_ending(file.uri)]:
        return check_one_kind(named, source)
    return format_of_head(_head(files[0], unsigned)) in TYPED


def _head(file: SourceFile, unsigned: bool) -> bytes:
    return read_head(file, HEAD_BYTES, unsigned=unsigned)
