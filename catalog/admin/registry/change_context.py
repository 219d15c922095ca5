"""What the pages of a promotion and of a rollback show of the change, before somebody makes it."""

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from catalog.services.registry.change_review import ChangeReview
from catalog.services.registry.facts import metric_rows


def change_context(review: ChangeReview) -> dict[str, Any]:
    """All metrics beside those of the version that holds the alias, and where to compare the two."""
    version, holder = review.version, review.previous
    shown = {
        "model": version.registered_model,
        "production": holder,
        "compared_alias": review.alias,
        "metrics": metric_rows(version, holder, review.comparison),
    }
    if holder is None or holder.pk == version.pk:
        return shown
    pair = urlencode({"v": [holder.pk, version.pk]}, doseq=True)
    return {**shown, "compare_url": f"{reverse('admin:catalog_modelversion_compare')}?{pair}"}


def explain_change(review: ChangeReview) -> list[str]:
    """What `promote` and `rollback` say, and why a reason is needed."""
    ask = [f"Say why it shall hold {review.alias}."] if review.cautions else []
    return [*review.sentences, *(f"Warning: {caution}" for caution in review.cautions), *ask]
