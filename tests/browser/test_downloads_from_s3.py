"""A download from the bucket itself: the content security policy of the site lets the form lead there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.watching import Watch
from tests.servers.seaweedfs import SeaweedFS, seaweedfs
from tests.servers.site import Site, environment, run, site

CSV = b"name,wing\nrobin,7\nwren,5\n"


@pytest.fixture(scope="module")
def server() -> Iterator[SeaweedFS]:
    with seaweedfs() as running:
        yield running


@pytest.fixture(scope="module")
def started(server: SeaweedFS, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, dict[str, str]]]:
    """A site whose objects lie in the bucket, with the dataset `birds`."""
    folder: Path = tmp_path_factory.mktemp("site-on-s3")
    variables = environment(folder, **server.environment("teams/blue"))
    sessions = json.loads(run(variables, "-m", "tests.browser.build_catalog", "people"))
    (folder / "birds.csv").write_bytes(CSV)
    run(variables, "manage.py", "add_dataset", "birds", str(folder / "birds.csv"))
    with site(folder, variables) as running:
        yield running, sessions


def test_a_dataset_is_downloaded_from_the_bucket(
    started: tuple[Site, dict[str, str]], server: SeaweedFS, new_context: Any
) -> None:
    running, sessions = started
    context = new_context(base_url=running.url)
    context.add_cookies([{"name": "sessionid", "value": sessions["Trainers"], "url": running.url}])
    page = context.new_page()
    watch = Watch(page, running.url, server.endpoint_url)
    page.goto("/datasets/birds/1/")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as it is").click()
    assert download.value.path().read_bytes() == CSV
    assert download.value.url.startswith(server.endpoint_url)
    assert watch.problems == []
