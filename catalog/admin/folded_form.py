"""Forms that show at first what nearly everybody fills in."""

from django import forms


class FoldedForm(forms.Form):
    """`advanced` names the fields that are folded until somebody wants them, or something in one of them is said or
    wrong; `advanced_label` says what they are about."""

    advanced: tuple[str, ...] = ()
    advanced_label = ""

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in self.advanced]

    @property
    def advanced_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name in self.advanced]

    @property
    def is_unfolded(self) -> bool:
        fields = {name: field for name, field in self.fields.items() if name in self.advanced}
        said = (name for name, field in fields.items() if str(self[name].value() or "") not in {"", str(field.initial)})
        return any(name in self.errors for name in fields) or any(said)
