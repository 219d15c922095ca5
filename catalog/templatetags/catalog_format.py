"""How values are written on the catalog's pages."""

from typing import Any

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

register = template.Library()
# Raw HTML in the text is shown as text, and links may not run scripts: markdown-it's own defaults for both.
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@register.filter
def number(value: Any) -> str:
    """Four significant digits; a dash for nothing."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


@register.filter
def breakable(name: str) -> SafeString:
    """The name, which a narrow column may break after an underscore."""
    return format_html_join(SafeString("_<wbr>"), "{}", ((part,) for part in name.split("_")))


@register.filter
def markdown(text: str) -> SafeString:
    """The Markdown as HTML, with raw HTML off."""
    return SafeString(_markdown.render(text))


@register.filter
def get(mapping: Any, key: Any) -> Any:
    return mapping.get(key) if mapping else None
