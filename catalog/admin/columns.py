"""How the lists write what their rows have in common: states and aliases as chips, moments, sizes and links."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from catalog.admin.written_values import file_size, moment
from catalog.models.names import tag_texts


def chip(state: str) -> SafeString:
    return format_html('<span class="state state-{0}">{0}</span>', state.lower())


def link(kind: str, key: Any, text: Any) -> SafeString:
    """To the page of the row of this kind, such as `modelversion`, whose look it has."""
    return format_html(
        '<a class="kind-{}" href="{}">{}</a>', kind, reverse(f"admin:catalog_{kind}_change", args=[key]), text
    )


def chips(names: list[str]) -> SafeString | None:
    return format_html_join(" ", '<span class="chip {0}">{0}</span>', ((name,) for name in names)) or None


class ListColumns:
    """ListColumns that an admin class may name in `list_display`."""

    @admin.display(description="state")
    def state_chip(self, row: Any) -> SafeString:
        return chip(row.state)

    @admin.display(description="status", ordering="status")
    def status_chip(self, row: Any) -> SafeString:
        return chip(row.status)

    @admin.display(description="tags")
    def tag_chips(self, row: Any) -> SafeString | None:
        texts = ((text,) for text in tag_texts(row.tags))
        return format_html_join(" ", '<span class="chip tag">{}</span>', texts) or None

    @admin.display(description="created", ordering="created_at")
    def created(self, row: Any) -> str:
        return moment(row.created_at)

    @admin.display(description="by", ordering="created_by")
    def author(self, row: Any) -> str:
        return str(row.created_by)

    @admin.display(description="size", ordering="size_bytes")
    def size(self, row: Any) -> str:
        return file_size(row.size_bytes)

    @admin.display(description="rows", ordering="row_count")
    def rows(self, row: Any) -> str:
        return number_format(row.row_count, force_grouping=True)
