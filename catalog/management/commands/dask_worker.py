from typing import Any

from django.core.management.base import CommandParser

from catalog.management.catalog_command import CatalogCommand


class Command(CatalogCommand):
    help = "Run workers of a Dask cluster on this machine, with its .env."
    example = "dask_worker --processes 4 --threads 1"
    changes_state = False
    is_server = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "address",
            metavar="ADDRESS",
            nargs="?",
            default="",
            help="The scheduler's, as tls://host:8786 (default: DASK_SCHEDULER).",
        )
        parser.add_argument("--processes", type=int, default=0, help="How many (default: one a core).")
        parser.add_argument("--threads", type=int, default=1, help="In each process (default: 1).")
        parser.add_argument("--insecure", action="store_true", help="Join a scheduler elsewhere without TLS.")
        parser.add_argument("--option", action="append", default=[], metavar="--NAME=VALUE", help="Of `dask worker`.")

    def handle(
        self, *, address: str, processes: int, threads: int, insecure: bool, option: list[str], **options: Any
    ) -> None:
        from catalog.services.distributed.cluster_nodes import run_worker

        run_worker(address=address, processes=processes, threads=threads, insecure=insecure, options=option)
