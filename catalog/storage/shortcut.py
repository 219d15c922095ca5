"""The way that boto3's last upload took, taken again by small ones.

For every upload boto3 validates the parameters anew, works out the address, asks all handlers of its events and reads
the answer by the description of the service. That is nearly half of what an object of a kilobyte costs, and the same
from one manifest to the next (docs/decisions/0022-shortcut.md).
"""

import weakref
from typing import Any
from urllib.parse import quote

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.hooks import first_non_none_response

from catalog.storage.s3_client import ATTEMPTS

KEPT_CONTEXT = ("auth_type", "client_config", "signing")


class Shortcut:
    """Of one client, in one thread.

    It is open once boto3 has stored an object itself, until something is not a plain success: boto3, which tries again
    and tells errors apart, then does it all over, and opens it again. Signer, connections, time-outs, proxies and
    certificates are the client's own, and the handlers of its events `before-sign` and `before-send` are asked.
    """

    def __init__(self, client: Any) -> None:
        # A client that is known by its own handlers would outlive its thread, and its connections with it.
        self._client = weakref.proxy(client)
        self._signed: Any = None
        self._root = ""
        self._tried = 0
        client.meta.events.register_last("before-sign.s3.PutObject", self._remember)
        client.meta.events.register("needs-retry.s3.PutObject", self._count)

    def _remember(self, request: AWSRequest, **kwargs: Any) -> None:
        self._signed = request

    def _count(self, attempts: int, **kwargs: Any) -> bool | None:
        """Whether boto3 tries again, which a try of our own leaves one time less; None lets boto3 decide."""
        return False if self._tried and attempts + self._tried >= ATTEMPTS else None

    def put_object(self, bucket: str, key: str, body: bytes, extra: dict[str, Any]) -> None:
        """Store the object, which must not be there yet, with its `ContentType` and `Metadata` in `extra`.

        Raises what boto3's `put_object` raises.
        """
        if self._root:
            if self._put(key, body, extra["ContentType"], extra["Metadata"]):
                return
            self._root, self._tried = "", 1
        try:
            self._client.put_object(Bucket=bucket, Key=key, Body=body, **extra)
        finally:
            self._tried = 0
        url, name = self._signed.url, quote(key)
        self._root = url.removesuffix(name) if url.endswith(f"/{name}") else ""

    def _put(self, key: str, body: bytes, content_type: str, metadata: dict[str, str]) -> bool:
        """Whether the object is stored; when not, nothing is known of it."""
        headers = {
            "Content-Type": content_type,
            "If-None-Match": "*",
            "User-Agent": self._signed.headers["User-Agent"],
            **{f"x-amz-meta-{name}": value for name, value in metadata.items()},
        }
        request = AWSRequest("PUT", self._root + quote(key), headers, body)
        context = self._signed.context
        request.context.update({name: context[name] for name in KEPT_CONTEXT if name in context})
        try:
            self._client._request_signer.sign("PutObject", request)
            return bool(self._send(request.prepare()).status_code == 200)
        except BotoCoreError:
            return False

    def _send(self, request: Any) -> Any:
        answers = self._client.meta.events.emit("before-send.s3.PutObject", request=request)
        return first_non_none_response(answers) or self._client._endpoint.http_session.send(request)
