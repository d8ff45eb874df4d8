"""Whom to invite, as what, and in which language the mail is."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy

from arvio.web import language


class InviteForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label=pgettext_lazy("of a member", "Role"))
    language = forms.ChoiceField(label=gettext_lazy("Language of the mail"))

    def __init__(
        self,
        *args: object,
        offered: list[str],
        kinds: Sequence[tuple[str, str | Promise]],
        usual: str = "replier",
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through
        choices = [(code, language.NAMES[code]) for code in offered if code in language.NAMES]
        self.fields["language"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["language"].initial = get_language()
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["kind"].initial = usual
