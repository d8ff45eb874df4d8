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
    prompts,
    reviews,
    webhooks,
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
    path("guidelines/edit/", guidelines.edit, name="guidelines_edit"),
    path("prompts/", prompts.prompts, name="prompts"),
    path("bans/", bans.listing, name="bans"),
    path("bans/new/", bans.new, name="bans_new"),
    path("bans/<uuid:ban>/lift/", bans.lift, name="bans_lift"),
    path("bans/appeals/<uuid:appeal>/", bans.answer, name="bans_appeal"),
    path("webhooks/", webhooks.listing, name="webhooks"),
    path("webhooks/new/", webhooks.new, name="webhooks_new"),
    path("webhooks/<uuid:webhook>/", webhooks.one, name="webhook"),
    path("webhooks/<uuid:webhook>/edit/", webhooks.edit, name="webhook_edit"),
    path("webhooks/<uuid:webhook>/switch/", webhooks.switch, name="webhook_switch"),
    path("webhooks/<uuid:webhook>/test/", webhooks.test, name="webhook_test"),
    path("webhooks/<uuid:webhook>/rotate/", webhooks.rotate, name="webhook_rotate"),
    path("webhooks/<uuid:webhook>/delete/", webhooks.delete, name="webhook_delete"),
    path("webhooks/<uuid:webhook>/redeliver/", webhooks.again, name="webhook_again"),
    path(
        "webhooks/<uuid:webhook>/deliveries/<uuid:delivery>/",
        webhooks.delivery,
        name="webhook_delivery",
    ),
    path(
        "webhooks/<uuid:webhook>/deliveries/<uuid:delivery>/redeliver/",
        webhooks.delivery_again,
        name="webhook_delivery_again",
    ),
]
