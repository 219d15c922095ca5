"""A server with a certificate of one's own authority, and a proxy on the way there, as boto3 reads them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.s3.machine import Machine
from tests.servers.certificate import make_certificate
from tests.servers.proxy import Proxy
from tests.servers.proxy import proxy as running_proxy
from tests.servers.seaweedfs import SeaweedFS


@pytest.fixture(scope="module")
def encrypted(seaweed: SeaweedFS, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of the server behind TLS, and the file of its authority."""
    authority, context = make_certificate(tmp_path_factory.mktemp("certificate"))
    with running_proxy(seaweed.endpoint_url, context) as proxy:
        yield proxy.url, authority


@pytest.fixture(scope="module")
def client(machine: Callable[..., Machine]) -> Machine:
    return machine()


def test_the_authority_that_the_setting_names_is_trusted(client: Machine, encrypted: tuple[str, Path]) -> None:
    url, authority = encrypted
    client.run("check_storage", AWS_ENDPOINT_URL=url, AWS_CA_BUNDLE=str(authority))


@pytest.mark.parametrize("variables", [{}, {"AWS_CA_BUNDLE": ""}], ids=["none", "empty"])
def test_without_the_setting_the_error_names_it(
    client: Machine, encrypted: tuple[str, Path], variables: dict[str, str]
) -> None:
    done = client.run("check_storage", check=False, AWS_ENDPOINT_URL=encrypted[0], **variables)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "certificate is not trusted. AWS_CA_BUNDLE" in done.stderr


def test_a_proxy_of_the_environment_is_used(client: Machine, proxy: Proxy) -> None:
    proxy.heal()
    client.run("check_storage", HTTP_PROXY=proxy.url)
    assert len(proxy.asked) > 5


def test_a_host_that_needs_no_proxy_is_reached_directly(client: Machine, proxy: Proxy) -> None:
    proxy.heal()
    client.run("check_storage", HTTP_PROXY=proxy.url, NO_PROXY="127.0.0.1")
    assert proxy.asked == []


def test_a_proxy_that_is_not_there_is_named(client: Machine) -> None:
    done = client.run("check_storage", check=False, HTTP_PROXY="http://127.0.0.1:9")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "Check HTTPS_PROXY and NO_PROXY" in done.stderr
