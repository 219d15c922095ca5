"""How values are written on the catalog's pages."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

from catalog.admin import written_values
from catalog.admin.charts import Bar
from catalog.admin.datasets.changes_section import PairedBar

register = template.Library()
register.filter(written_values.number)
register.filter(written_values.file_size)
register.filter(written_values.moment)
# Raw HTML in the text is shown as text, and links may not run scripts: markdown-it's own defaults for both.
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@register.filter
def is_optional(field: BoundField) -> bool:
    """Whether a form can do without the field whatever stands in the others, which `conditional` of the form names."""
    return not field.field.required and field.name not in getattr(field.form, "conditional", ())


@register.filter
def in_zone(at: datetime) -> SafeString:
    """The moment with its zone, for a sentence."""
    return format_html("{} {}", written_values.moment(at), written_values.zone_name(timezone.localtime(at)))


@register.filter
def day(at: datetime | None) -> SafeString:
    return written_values.moment(at, "%Y-%m-%d")


@register.filter
def clock(text: str) -> SafeString:
    """The time of the day of a moment that is written as in ISO 8601."""
    return written_values.moment(datetime.fromisoformat(text), "%H:%M:%S")


@register.filter
def breakable(name: str) -> SafeString:
    """The name, which a narrow column may break after an underscore."""
    return format_html_join(SafeString("_<wbr>"), "{}", ((part,) for part in name.split("_")))


@register.filter
def markdown(text: str) -> SafeString:
    """The Markdown as HTML, with raw HTML off."""
    return SafeString(_markdown.render(text))


@register.filter
def rectangles(bars: Iterable[Bar]) -> SafeString:
    """The bars as SVG, each with its range and its value as title. A page has a thousand of them: escaped are their
    labels alone, for numbers need it not, and a template's variables take many times as long to write."""
    return SafeString(
        "".join(
            f'<rect x="{bar.x}" y="{bar.y}" width="{bar.width}" height="{bar.height}">'
            f"<title>{escape(bar.label)}: {bar.value}</title></rect>"
            for bar in bars
        )
    )


@register.filter
def paired_rectangles(bars: Iterable[PairedBar]) -> SafeString:
    """The same of bars before and after, over each other."""
    return SafeString(
        "".join(
            f'<g><title>{escape(bar.label)}</title><rect class="after" x="{bar.x}" y="{bar.after[1]}"'
            f' width="{bar.width}" height="{bar.after[0]}"/><rect class="before" x="{bar.x}" y="{bar.before[1]}"'
            f' width="{bar.width}" height="{bar.before[0]}"/></g>'
            for bar in bars
        )
    )


@register.filter
def get(mapping: Any, key: Any) -> Any:
    return mapping.get(key) if mapping else None
