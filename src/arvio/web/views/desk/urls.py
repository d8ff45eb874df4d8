"""Each room of the desk adds its own lines."""

from __future__ import annotations

from django.urls import path

from arvio.web.views.desk import (
    access,
    bans,
    cases,
    corrections,
    deciding,
    disputes,
    flags,
    guidelines,
    keys,
    moved,
    reviews,
)

app_name = "desk"
urlpatterns = [
    path("", cases.cases, name="cases"),
    path("cases/<uuid:item>/", cases.case, name="case"),
    path("cases/<uuid:item>/decision/", deciding.decide, name="decide"),
    path("cases/<uuid:item>/second/", deciding.second, name="second"),
    path("cases/<uuid:item>/assign/", deciding.assign, name="assign"),
    path("reviews/<uuid:item>/", reviews.review, name="review"),
    path("reviews/<uuid:item>/case/", reviews.open_case, name="open_case"),
    path("reviews/<uuid:item>/correction/", reviews.correct, name="correct"),
    path("reviews/<uuid:item>/dismiss/", flags.dismiss, name="dismiss"),
    path("disputes/", disputes.listing, name="disputes"),
    path("disputes/<uuid:item>/", disputes.dispute, name="dispute"),
    path("corrections/", corrections.listing, name="corrections"),
    path("corrections/<uuid:item>/", corrections.correction, name="correction"),
    path("flags/", flags.listing, name="flags"),
    path("switch/", access.switch, name="switch"),
    path("guidelines/", guidelines.guidelines, name="guidelines"),
    path("keys/", keys.listing, name="keys"),
    path("keys/<uuid:key>/rotate/", keys.rotate, name="key_rotate"),
    path("keys/<uuid:key>/revoke/", keys.revoke, name="key_revoke"),
    path("bans/", bans.listing, name="bans"),
    path("bans/new/", bans.new, name="bans_new"),
    path("bans/<uuid:ban>/lift/", bans.lift, name="bans_lift"),
    path("bans/appeals/<uuid:appeal>/", bans.answer, name="bans_appeal"),
    # Where operators found these before they had pages of their own.
    path("guidelines/edit/", moved.moved, {"to": "guidelines"}),
    path("prompts/", moved.moved, {"to": "prompts"}),
    path("webhooks/", moved.moved, {"to": "webhooks"}),
    path("webhooks/<path:rest>", moved.moved, {"to": "webhooks"}),
]
