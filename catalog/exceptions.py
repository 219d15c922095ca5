"""What can go wrong in the catalog. Every message says what is wrong, what was expected and what to do.

A message names the fields of a request in backticks, by their Python names: "`cv` must be 2 or more, not 1." Each edge
puts the name there that its reader knows: commands the option, forms the label.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

# One identifier and nothing else: what has spaces or dots in it is a command, and stays as it is.
FIELD = re.compile(r"`([a-z][a-z0-9_]*)`")


class CatalogError(Exception):
    """The root of all errors that the catalog raises on purpose."""


class InvalidReference(CatalogError):
    """A name or reference that is not written as names and references are."""


class NotFound(CatalogError):
    """A dataset, model, version or alias that does not exist."""


class NotReady(CatalogError):
    """A version that exists but may not be used."""


class InvalidRequest(CatalogError):
    """Options that contradict each other or name what does not exist."""


class InvalidData(CatalogError):
    """A table that can't be read, or does not hold what is needed."""


class SourceChanged(CatalogError):
    """A file of others that is not the one which was recorded."""


class TrainingFailed(CatalogError):
    """The estimator refused the data or its parameters."""


class JobFailed(CatalogError):
    """A job of somebody who waited for it has ended without a result."""


class LoadFailed(CatalogError):
    """An intact artifact that the installed libraries can't load."""


class InvalidArtifact(CatalogError):
    """A model's file that is not what it says it is, or can't be trusted to be loaded."""


class NotPermitted(CatalogError):
    """A person who may not do this, whoever else may."""


class EnvironmentMismatch(CatalogError):
    """The version was trained with libraries too different from those that run."""


class DigestMismatch(CatalogError):
    """Bytes that are not the bytes which the catalog recorded."""


class NotSigned(CatalogError):
    """A manifest that nobody with the key has signed."""


class EngineError(CatalogError):
    """A Dask cluster that can't be used, or was lost."""


class Overloaded(CatalogError):
    """More is asked for than can be answered in time."""


class Inconsistent(CatalogError):
    """The database, the objects and their manifests do not agree."""


class StorageError(CatalogError):
    """Object storage refused or could not be reached."""


class StorageUnreachable(StorageError):
    """Nobody answered, or not in time: asking again at once would only take as long again."""


class StorageUnusable(StorageError):
    """Keys, bucket or settings are wrong, so that whatever is asked would be refused as this was."""


class CacheUnusable(CatalogError):
    """The folder of downloaded files, which another user may hold, or something in it that is no file."""


class AccessDenied(StorageError):
    """The keys are known and may not do this."""


class ObjectMissing(StorageError):
    """No such object, or no permission to see whether there is one."""


class ObjectExists(StorageError):
    """The key is taken by an object that is not ours."""


MOST_NAMED = 10


def near(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: the words near it, or all when they are few."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=3, cutoff=0.5)
    if close:
        return f" Did you mean {', '.join(close)}?"
    return f" There are: {', '.join(names)}." if 0 < len(names) <= 20 else ""


def absent(names: Sequence[str], known: Iterable[str], noun: str = "column ") -> str:
    """The end of a message about what is not there, all of it: `no column 'a'.` with the names near it, or `no columns
    'a', 'b'.` with what there is."""
    if len(names) == 1:
        return f"no {noun}{names[0]!r}.{near(names[0], known)}"
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    plural = f"{noun.strip()}s " if noun else ""
    return f"no {plural}{', '.join(map(repr, names[:MOST_NAMED]))}{more}.{near('', known)}"


def counted(count: int, noun: str) -> str:
    """`1 row`, `1,200 rows`: of nouns whose plural ends in s."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def fields_in(message: str) -> list[str]:
    """The fields that the message names in backticks, in their order."""
    return FIELD.findall(message)


def rename_fields(message: str, names: Mapping[str, str]) -> str:
    """The message with the name of each field in place of its backticks; a field without one stays as a plain word."""
    return FIELD.sub(lambda match: names.get(match[1], match[1]), message)
