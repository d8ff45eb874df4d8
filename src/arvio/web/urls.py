from __future__ import annotations

from django.urls import path

from arvio.web.views import (
    appealing,
    arriving,
    badge,
    card,
    connected,
    feeds,
    following,
    guidelines,
    history,
    my_data,
    objecting,
    oembed,
    own,
    product,
    reporting,
    rules,
    storefront,
    transparency,
    unsubscribing,
)

app_name = "web"
urlpatterns = [
    path("", storefront.front, name="front"),
    path("oembed", oembed.oembed, name="oembed"),
    path("me/mail/<str:token>/", unsubscribing.unsubscribe, name="unsubscribe"),
    path("<slug:marketplace>/", storefront.apps, name="storefront"),
    path("<slug:marketplace>/how-reviews-work/", rules.how_reviews_work, name="how"),
    path(
        "<slug:marketplace>/how-reviews-work/<int:number>/",
        rules.how_reviews_work,
        name="how_version",
    ),
    path("<slug:marketplace>/guidelines/", guidelines.guidelines, name="guidelines"),
    path(
        "<slug:marketplace>/guidelines/<int:number>/",
        guidelines.guidelines,
        name="guidelines_version",
    ),
    path("<slug:marketplace>/transparency/", transparency.transparency, name="transparency"),
    path("<slug:marketplace>/apps/<str:app>/", card.card, name="app"),
    path("<slug:marketplace>/apps/<str:app>/rating/", card.explain, name="explain"),
    path("<slug:marketplace>/apps/<str:app>/badge.svg", badge.badge, name="badge"),
    path(
        "<slug:marketplace>/apps/<str:app>/reviews.atom",
        feeds.feed,
        {"form": "atom"},
        name="atom",
    ),
    path("<slug:marketplace>/apps/<str:app>/reviews.rss", feeds.feed, {"form": "rss"}, name="rss"),
    path("<slug:marketplace>/reviews/<uuid:review>/", card.review, name="review"),
    path("<slug:marketplace>/reviews/<uuid:review>/history/", history.history, name="history"),
    path(
        "<slug:marketplace>/reviews/<uuid:item_id>/report/",
        reporting.report,
        {"item": "review"},
        name="report_review",
    ),
    path(
        "<slug:marketplace>/replies/<uuid:item_id>/report/",
        reporting.report,
        {"item": "reply"},
        name="report_reply",
    ),
    path("<slug:marketplace>/reports/<str:token>/", following.status, name="report_status"),
    path("<slug:marketplace>/reported/<str:token>/", following.reported, name="reported"),
    path("<slug:marketplace>/in/", product.apps, name="inside"),
    path("<slug:marketplace>/in/me/", own.my_reviews, name="mine"),
    path("<slug:marketplace>/in/me/data/", my_data.my_data, name="my_data"),
    path("<slug:marketplace>/in/me/data/download/", my_data.download, name="my_data_download"),
    path("<slug:marketplace>/in/me/data/erase/", my_data.erase, name="my_data_erase"),
    path("<slug:marketplace>/in/me/<uuid:review>/edit/", own.edit, name="edit"),
    path("<slug:marketplace>/in/me/<uuid:review>/withdraw/", own.withdraw, name="withdraw"),
    path("<slug:marketplace>/in/me/<uuid:review>/appeal/", objecting.appeal, name="appeal_review"),
    path(
        "<slug:marketplace>/in/me/<uuid:review>/correction/",
        objecting.correction,
        name="correction",
    ),
    path(
        "<slug:marketplace>/in/me/reviews/<uuid:item_id>/report/",
        reporting.report_inside,
        {"item": "review"},
        name="report_review_inside",
    ),
    path(
        "<slug:marketplace>/in/me/replies/<uuid:item_id>/report/",
        reporting.report_inside,
        {"item": "reply"},
        name="report_reply_inside",
    ),
    path("<slug:marketplace>/in/appeal/", appealing.appeal, name="appeal"),
    path("<slug:marketplace>/in/go/<str:code>/", arriving.go, name="go"),
    path("<slug:marketplace>/in/<str:app>/", product.product, name="product"),
    path(
        "<slug:marketplace>/in/<str:app>/from/<str:name>/", connected.open_frame, name="open_frame"
    ),
    path(
        "<slug:marketplace>/connect/<str:app>/<str:name>/token/",
        connected.give_token,
        name="give_token",
    ),
    path(
        "<slug:marketplace>/connect/<str:app>/<str:name>/events/",
        connected.take_event,
        name="take_event",
    ),
    path("<slug:marketplace>/in/<str:app>/draft/", product.draft, name="draft"),
]
