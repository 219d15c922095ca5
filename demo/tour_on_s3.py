"""The tour through S3: on a SeaweedFS server that is started for it, with a database and a cache of its own."""

import os
import tempfile
from pathlib import Path

import boto3

from demo import tour
from tests.servers.seaweedfs import seaweedfs


def main() -> None:
    with seaweedfs() as server, tempfile.TemporaryDirectory(prefix="catalog-demo-") as folder:
        os.environ.update(
            server.environment(location="teams/demo"),
            DATABASE_URL=f"sqlite:///{folder}/catalog.sqlite3",
            CATALOG_CACHE_DIR=str(Path(folder) / "cache"),
        )
        print(f"SeaweedFS runs at {server.endpoint_url}; bucket {server.bucket}, folder teams/demo.")
        tour.manage("check_storage")
        tour.main()
        client = boto3.client(
            "s3",
            endpoint_url=server.endpoint_url,
            aws_access_key_id=server.access_key,
            aws_secret_access_key=server.secret_key,
            region_name="us-east-1",
        )
        print(f"\nKeys in {server.bucket}:")
        for entry in client.list_objects_v2(Bucket=server.bucket).get("Contents", []):
            print(f"  {entry['Size']:>8,} bytes  {entry['Key']}")
    print("\nThe server is stopped and its data are gone; your own catalog was not touched.")


if __name__ == "__main__":
    main()
