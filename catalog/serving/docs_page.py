"""The page at /docs: Swagger UI, from files that come with drf-spectacular-sidecar, and nothing from elsewhere."""

from importlib.resources import files

from fastapi import HTTPException, Request, Response

from catalog.serving.answering import Endpoints

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Model catalog</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
"""
TYPES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
POLICY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
KEPT = {**POLICY, "Cache-Control": "public, max-age=86400"}
FOLDER = ("static", "drf_spectacular_sidecar", "swagger-ui-dist")


def add_docs_page(endpoints: Endpoints) -> None:
    """The page and its files, for everybody: /openapi.json says what they show."""

    async def page(request: Request) -> Response:
        return Response(PAGE, headers=POLICY, media_type="text/html")

    async def file(request: Request) -> Response:
        name = request.path_params["name"]
        if name == "start.js":
            return Response(START, headers=POLICY, media_type="text/javascript")
        if name not in TYPES:
            raise HTTPException(404, f"There is no file {name[:80]!r}.")
        content = files("drf_spectacular_sidecar").joinpath(*FOLDER, name).read_bytes()
        return Response(content, headers=KEPT, media_type=TYPES[name])

    endpoints.add("GET", "/docs", page)
    endpoints.add("GET", "/docs/{name}", file)
