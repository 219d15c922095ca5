"""Tags on the pages of models, datasets and versions: shown, edited, and filtered by."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.admin.actions import Action, ReasonForm
from catalog.models import IndexedTag
from catalog.models.names import tag_texts
from catalog.services.registry.tags import parse_tags, replace_tags
from catalog.services.search.filter_conditions import among
from catalog.services.search.search_index import OWNERS

LATELY, MOST_CHOICES = 1_000, 30


class TagsForm(ReasonForm):
    field_order = ("tags", "reason")
    tags = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="One in a line, as stage=eu. What is not here is taken away.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tags"].initial = "\n".join(tag_texts(self.subject.tags))


def _tag(subject: Any, data: dict[str, Any], actor: str) -> str:
    texts = [line for line in data["tags"].splitlines() if line.strip()]
    tagged = replace_tags(subject=subject, tags=parse_tags(texts), actor=actor, reason=data["reason"])
    return f"{tagged} has {len(tagged.tags)} tag{'' if len(tagged.tags) == 1 else 's'} now."


TAG_ACTION = Action("tag", "Edit tags", "annotate_modelversion", TagsForm, _tag)


class TagFilter(admin.SimpleListFilter):
    """By one of the tags that were set lately; a filter in the search box finds others."""

    title = "tag"
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        owner = OWNERS[model_admin.model]
        tags = IndexedTag.objects.filter(**{f"{owner}__isnull": False}).order_by("-pk")
        texts = sorted({f"{key}={value}" for key, value in tags.values_list("key", "value")[:LATELY]})
        return [(text, text) for text in texts[:MOST_CHOICES]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        key, _, value = str(self.value()).partition("=")
        owner = OWNERS[queryset.model]
        tagged = IndexedTag.objects.filter(key=key, value=value, **{f"{owner}__isnull": False})
        return queryset.filter(among(tagged, owner))
