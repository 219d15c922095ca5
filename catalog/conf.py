"""The catalog's settings: one dictionary, `CATALOG`, in the settings of the site. These are all, with their defaults.

Its keys are the fields below in capitals, as in `CATALOG = {"CACHE_DIR": "/var/cache/models", "JOB_SECONDS": 600}`.
s3site.settings fills it from the environment; another site writes down what differs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

GIB = 1024**3
NO_S3_OPTIONS = dict.fromkeys(("access_key", "secret_key", "security_token", "region_name", "endpoint_url"))
NO_S3_PARAMETERS = dict.fromkeys(("ServerSideEncryption", "SSEKMSKeyId", "RequestPayer"), "")
NO_DASK_TLS = dict.fromkeys(("ca_file", "cert", "key"), "")
WORDS = {
    bool: "True or False",
    int: "a number",
    float: "a number",
    str: "a text",
    Path: "a path",
    tuple: "a list",
    FunctionType: "a function",
}


def no_variable(name: str) -> str:
    """The default: a site that lets people name variables says how they are read."""
    return ""


@dataclass(frozen=True)
class CatalogSettings:
    """What each setting means; sizes are in bytes."""

    # Where downloaded files are kept, by their digest, and how large that folder may grow.
    cache_dir: Path = Path("var/cache")
    cache_bytes: int = 10 * GIB
    # Where objects lie as long as no bucket is named: what is still there once one is, is said.
    local_objects: Path = Path("var/objects")
    # The folder whose Git commit is recorded with each trained version.
    code_dir: Path = Path()
    # Aliases that only people with the permission promote_modelversion may move.
    protected_aliases: Sequence[str] = ("production",)
    # Whether somebody else than who trained or uploaded a version must promote it to a protected alias.
    four_eyes: bool = False
    # Manifests are signed with it, and no other is believed; empty for manifests without a signature.
    manifest_key: str = ""
    # Whether load_model and the server find versions by what is published in the bucket, and ask no database.
    bucket_only: bool = False
    # Keys of other catalogs: a version that one of them signed when it was exported is imported without quarantine.
    trusted_manifest_keys: Sequence[str] = ()
    # How s3:// addresses are reached; what is None is left to boto3. The bucket itself is STORAGES["default"].
    s3_options: Mapping[str, str | None] = field(default_factory=lambda: dict(NO_S3_OPTIONS))
    # Where the bucket stands in addresses: path, virtual or auto; empty for path with an endpoint, else boto3's choice.
    s3_addressing_style: str = ""
    # Encryption, and who pays, for all operations that know these parameters; what is empty is not sent.
    s3_parameters: Mapping[str, str] = field(default_factory=lambda: dict(NO_S3_PARAMETERS))
    # How long a server may be silent before the request is tried again; three such tries are an error.
    s3_timeout_seconds: float = 20
    # The largest file that may be uploaded in the browser, and the largest uploaded model, unpacked.
    upload_bytes: int = 200 * 1024**2
    model_bytes: int = 2 * GIB
    # Types that uploaded .skops models may hold beyond skops' own, and whether pickles may be uploaded.
    trusted_types: Sequence[str] = ()
    allow_pickle_uploads: bool = False
    # Whether people may load a version with the copies of its own modules that are kept with it, which runs their code.
    allow_code_from_versions: bool = False
    # Estimators besides the table's that may be named in the browser, as xgboost:XGBClassifier.
    estimators: Sequence[str] = ()
    # How long the importances of a training may take; columns that are not reached have none.
    importance_seconds: float = 1.5
    # What one job may take (0 bytes: no limit), and when a silent worker is taken for dead.
    job_seconds: int = 6 * 3600
    job_bytes: int = 0
    job_lease_seconds: int = 60
    # Who may ask the server for predictions: who has a token with one of these SHA-256, or everybody.
    serving_tokens: Sequence[str] = ()
    serving_open: bool = False
    # The most in one request, how long it may take, how many may wait for a model, and how often aliases are looked at.
    serving_rows: int = 10_000
    serving_bytes: int = 10 * 1024**2
    serving_seconds: float = 30
    serving_queue: int = 1_000
    serving_follow_seconds: float = 10
    # Whether requests and answers are kept as receipts, how long a part lasts, and how many rows are held until then.
    serving_log: bool = False
    serving_log_seconds: float = 300
    serving_log_rows: int = 100_000
    # The Dask scheduler that --engine dask uses, and the files that go with tls:// addresses.
    dask_scheduler: str = ""
    dask_tls: Mapping[str, str] = field(default_factory=lambda: dict(NO_DASK_TLS))
    # How long a run or a search waits for workers when the cluster has none any more.
    dask_wait_seconds: float = 60
    # Gives the value of a variable, or an empty text where it is not set: for `add_dataset NAME env:VARIABLE`.
    read_variable: Callable[[str], str] = no_variable


DEFAULTS = {field.name.upper(): getattr(CatalogSettings(), field.name) for field in fields(CatalogSettings)}


def catalog_settings() -> CatalogSettings:
    """The settings of the site, read anew. Raises ImproperlyConfigured for an unknown key or a wrong type."""
    given: Mapping[str, Any] = getattr(settings, "CATALOG", {})
    return CatalogSettings(**{name.lower(): _checked(name, value) for name, value in given.items()})


def _checked(name: str, value: Any) -> Any:
    if name not in DEFAULTS:
        raise ImproperlyConfigured(f"CATALOG has no setting {name!r:.80}. It has: {', '.join(DEFAULTS)}.")
    match DEFAULTS[name], value:
        case dict() as default, dict() if value.keys() <= default.keys():
            return {**default, **value}
        case dict() as default, _:
            raise ImproperlyConfigured(f"CATALOG[{name!r}] must be a dict with keys from: {', '.join(default)}.")
        case (Path(), Path() | str()):
            return Path(value).expanduser()
        case (FunctionType(), FunctionType() | MethodType()):
            return value
        case (tuple(), list() | tuple()) | (bool(), bool()) | (str(), str()):
            return value
        case (int() | float(), int() | float()) if not isinstance(DEFAULTS[name], bool) and not isinstance(value, bool):
            return value
        case default, _:
            raise ImproperlyConfigured(f"CATALOG[{name!r}] must be {_word(default)}.")


def _word(default: Any) -> str:
    return next(word for kind, word in WORDS.items() if isinstance(default, kind))
