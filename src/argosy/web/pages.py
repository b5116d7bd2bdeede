"""The terminal's files; or, where it was not built, one page that says so and what to do."""

from pathlib import Path

from litestar import MediaType, Response, get
from litestar.datastructures import CacheControlHeader
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

STATIC = Path(__file__).parent / "static"

_CSS = """\
:root { color-scheme: dark }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #080b10;
  color: #d5dce6; font: 15px/1.6 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, monospace }
main { max-width: 62ch; padding: 2rem; border-left: 2px solid #e8b44c }
h1 { margin: 0 0 1rem; font-size: 1.1rem; letter-spacing: .02em }
code, a { color: #7cc7ff }
li { margin: .3rem 0 }
"""

_HTML = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Argosy: the terminal is not built</title>
<link rel="stylesheet" href="/fallback.css">
</head>
<body>
<main>
<h1>The desk is running, but its terminal was not built</h1>
<p>This page is made of TypeScript, and <code>npm</code> (Node 20.19 or newer) was absent when
Argosy was installed. Nothing else is missing: books, trades and venues are all there.</p>
<p>To see the terminal, install Node, then run <code>make web</code> in the checkout and start the
desk again.</p>
<p>Meanwhile:</p>
<ul>
<li><code>argosy book BTC/USD</code> shows the universal book in a console;</li>
<li>the API answers: <a href="/api/health">health</a>, <a href="/api/venues">venues</a>,
<a href="/api/pairs">pairs</a>, <a href="/api/schema/openapi.json">its description</a>.</li>
</ul>
</main>
</body>
</html>
"""


def terminal_built(static: Path = STATIC) -> bool:
    """Whether the terminal's files are there."""
    return (static / "index.html").is_file()


@get("/", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=False)
def not_built() -> Response[str]:
    """Say that the terminal is missing, why, and what works without it."""
    return Response(_HTML, headers={"cache-control": "no-store"})


@get("/fallback.css", media_type="text/css", include_in_schema=False, sync_to_thread=False)
def fallback_css() -> str:
    """The style of that page: the policy forbids inline styles."""
    return _CSS


def page_handlers(static: Path = STATIC) -> list[ControllerRouterHandler]:
    """Routes for the terminal under `static`, or for the page that explains its absence."""
    if not terminal_built(static):
        return [not_built, fallback_css]
    # Vite names assets by their content, so they never change; the page that names them may.
    return [
        create_static_files_router(
            path="/assets",
            directories=[static / "assets"],
            cache_control=CacheControlHeader(public=True, max_age=31_536_000, immutable=True),
            include_in_schema=False,
            name="assets",
        ),
        create_static_files_router(
            path="/",
            directories=[static],
            html_mode=True,
            cache_control=CacheControlHeader(no_cache=True),
            include_in_schema=False,
            name="page",
        ),
    ]
