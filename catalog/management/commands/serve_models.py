from functools import partial
from typing import Any

from django.core.management.base import CommandParser

from catalog.exceptions import EngineError
from catalog.management.catalog_command import CatalogCommand
from catalog.management.reading_arguments import add_code_argument

NO_SERVER = "FastAPI and uvicorn are not installed: pip install --require-hashes -r requirements-serving.txt"


class Command(CatalogCommand):
    help = "Answer requests with the versions in production, and follow promotions, until it is stopped."
    example = "serve_models churn --port 8080"
    changes_state = False
    is_server = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="Models to serve (default: all).")
        parser.add_argument("--host", default="127.0.0.1", help="Default: 127.0.0.1, this machine alone.")
        parser.add_argument("--port", type=int, default=8001, help="Default: 8001.")
        parser.add_argument("--workers", type=int, default=1, help="Processes, at most one a core (default: 1).")
        add_code_argument(parser)

    def handle(
        self, *, names: list[str], host: str, port: int, workers: int, code_from_version: bool, **options: Any
    ) -> None:
        try:
            from catalog.serving.server import run_server
        except ImportError as error:
            raise EngineError(NO_SERVER) from error
        from catalog.services.prediction.loading import check_code_permitted
        from catalog.serving import build_app

        check_code_permitted(code_from_version)
        factory = partial(build_app, names, code_from_version=code_from_version)
        run_server(factory, host=host, port=port, workers=workers)
