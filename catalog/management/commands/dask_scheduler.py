from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand


class Command(CatalogCommand):
    help = "Run the scheduler of a Dask cluster. Whoever reaches its port runs code: see docs/operations.md."
    example = "dask_scheduler --host 10.0.0.5"
    changes_state = False
    is_server = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="The address to listen on (default: 127.0.0.1).")
        parser.add_argument("--port", type=int, default=8786, help="Default: 8786.")
        parser.add_argument("--insecure", action="store_true", help="Listen beyond this machine without TLS.")
        parser.add_argument(
            "--option", action="append", default=[], metavar="--NAME=VALUE", help="Of `dask scheduler`."
        )

    def handle(self, *, host: str, port: int, insecure: bool, option: list[str], **options: Any) -> None:
        from catalog.services.distributed.cluster_nodes import run_scheduler

        run_scheduler(host=host, port=port, insecure=insecure, options=option)
