"""Where presigned addresses lead, for the content security policy."""

from collections.abc import Mapping
from urllib.parse import urlsplit


def download_origins(options: Mapping[str, str | None], bucket: str, addressing_style: str = "") -> list[str]:
    """The endpoint or, with addressing by hosts, the bucket's host there; else the bucket's own hosts at Amazon."""
    if not bucket:
        return []
    if options["endpoint_url"]:
        parts = urlsplit(options["endpoint_url"])
        hosts = {"virtual": [f"{bucket}.{parts.netloc}"], "auto": [parts.netloc, f"{bucket}.{parts.netloc}"]}
        return [f"{parts.scheme}://{host}" for host in hosts.get(addressing_style, [parts.netloc])]
    region = options["region_name"] or "us-east-1"
    hosts_at_amazon = [f"{bucket}.s3.amazonaws.com", f"{bucket}.s3.{region}.amazonaws.com"]
    if addressing_style in {"path", "auto"}:
        hosts_at_amazon += ["s3.amazonaws.com", f"s3.{region}.amazonaws.com"]
    return [f"https://{host}" for host in hosts_at_amazon]
