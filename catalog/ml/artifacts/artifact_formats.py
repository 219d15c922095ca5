"""Which format a model's file has: by its name, which its first bytes must confirm. Nothing is opened or unpacked."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from catalog.exceptions import InvalidArtifact


class ArtifactFormat(StrEnum):
    JOBLIB = "joblib"
    SKOPS = "skops"
    PICKLE = "pickle"


# Loading one runs what it says.
PICKLES = (ArtifactFormat.JOBLIB, ArtifactFormat.PICKLE)


class Family(StrEnum):
    """What the first bytes can tell: whether joblib or pickle wrote a pickle shows only further inside."""

    SKOPS = "skops"
    PICKLE = "pickle"


@dataclass(frozen=True)
class Detected:
    """`compression` is empty or the name that joblib knows it by."""

    family: Family
    compression: str = ""

    def __str__(self) -> str:
        if self.family is Family.SKOPS:
            return "a zip file, as skops writes"
        return f"a pickle{f' compressed with {self.compression}' if self.compression else ''}"


# skops trusts neither of itself, because it can't tell whether their node arrays are sound; trees.py can.
VALIDATED_TYPES = (
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
)
SKOPS_SUFFIXES = (".skops",)
PICKLE_SUFFIXES = (".joblib", ".pkl", ".pickle", ".sav")
COMPRESSION_SUFFIXES = (".gz", ".z", ".bz2", ".xz", ".lzma", ".lz4")
# As joblib knows them (joblib.compressor), longer where it helps to tell a model from something else.
MAGIC = {
    b"PK\x03\x04": Detected(Family.SKOPS),
    b"\x1f\x8b": Detected(Family.PICKLE, "gzip"),
    b"BZh": Detected(Family.PICKLE, "bz2"),
    b"\xfd7zXZ": Detected(Family.PICKLE, "xz"),
    b"]\x00\x00": Detected(Family.PICKLE, "lzma"),
    b"\x04\x22\x4d\x18": Detected(Family.PICKLE, "lz4"),
    **{bytes([0x78, level]): Detected(Family.PICKLE, "zlib") for level in (0x01, 0x5E, 0x9C, 0xDA)},
    **{bytes([0x80, protocol]): Detected(Family.PICKLE) for protocol in range(2, 6)},
}


def shown(name: str) -> str:
    """The name as it may stand in a message: printable, on one line, at most 100 characters."""
    short = name if len(name) <= 100 else f"{name[:100]}…"
    return short if short.isprintable() else ascii(short)


def model_stem(name: str) -> str:
    """The file's name without the suffixes of models; empty when it has none of them."""
    lower = name.lower()
    compressed = next((len(suffix) for suffix in COMPRESSION_SUFFIXES if lower.endswith(suffix)), 0)
    for cut in {0, compressed}:
        for suffix in (*SKOPS_SUFFIXES, *PICKLE_SUFFIXES):
            if lower[: len(lower) - cut].endswith(suffix):
                return name[: len(name) - cut - len(suffix)]
    return ""


def named_family(name: str) -> Family:
    """The family that the name says. Raises InvalidArtifact when it says none."""
    stem = model_stem(Path(name).name)
    if not stem:
        known = ", ".join((*SKOPS_SUFFIXES, *PICKLE_SUFFIXES))
        raise InvalidArtifact(f"{shown(name)}: a model's file is named with one of {known}. Rename it to what it is.")
    return Family.SKOPS if name.lower().endswith(SKOPS_SUFFIXES) else Family.PICKLE


def detect(path: Path, name: str) -> Detected:
    """What the file at `path`, which people call `name`, is. Raises InvalidArtifact when name and bytes disagree."""
    family = named_family(name)
    with path.open("rb") as file:
        head = file.read(8)
    if not head:
        raise InvalidArtifact(f"{shown(name)} is empty.")
    detected = next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), None)
    if detected is None:
        raise InvalidArtifact(
            f"{shown(name)} is no model file: its first bytes ({head.hex(' ')}) are neither those of skops nor of a "
            "pickle. Save the estimator with skops.io.dump or joblib.dump."
        )
    if detected.family is not family:
        raise InvalidArtifact(
            f"{shown(name)} is named as a {family} file, but its first bytes are those of {detected}. "
            "It was not opened. Give it the name of what it is."
        )
    return detected
