"""Each room of the partner's pages adds its own lines."""

from __future__ import annotations

from django.urls import path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from arvio.web.views.partner import (
    about_review,
    access,
    disputes,
    export,
    guide,
    inbox,
    insights,
    keys,
    links,
    members,
    notifications,
    replying,
    webhooks,
)

app_name = "partner"
urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("reviews/<uuid:review>/", inbox.review, name="review"),
    path("reviews/<uuid:review>/reply/", replying.reply, name="reply"),
    path("reviews/<uuid:review>/draft/", replying.draft, name="draft"),
    path("reviews/<uuid:review>/tips/", replying.tips, name="tips"),
    path("reviews/<uuid:review>/report/", about_review.report, name="report"),
    path("reviews/<uuid:review>/correction/", about_review.correction, name="correction"),
    path("reviews/<uuid:review>/dispute/", about_review.dispute, name="dispute_new"),
    path("reviews/<uuid:review>/appeal/", about_review.appeal, name="appeal"),
    path("disputes/", disputes.disputes, name="disputes"),
    path("disputes/<uuid:thread>/", disputes.dispute, name="dispute"),
    path("switch/", access.switch, name="switch"),
    path("insights/", insights.insights, name="insights"),
    path("export.<str:form>", export.export, name="export"),
    path("guide/", guide.guide, name="guide"),
    path("guide/<str:app>/arvio-prompt.html", guide.download, name="guide_prompt"),
    path("links/", links.links, name="links"),
    path("links/new/", links.create, name="links_new"),
    path("links/guidelines/", links.accept, name="guidelines"),
    path("links/<uuid:link>/end/", links.end, name="links_end"),
    path(
        "settings/",
        require_safe(RedirectView.as_view(pattern_name="partner:notifications")),
        name="settings",
    ),
    path("settings/notifications/", notifications.notifications, name="notifications"),
    path("settings/members/", members.members, name="members"),
    path("settings/members/leave/", members.leave, name="members_leave"),
    path("settings/members/<uuid:person>/", members.change, name="members_change"),
    path("settings/members/<uuid:person>/remove/", members.remove, name="members_remove"),
    path(
        "settings/members/invitations/<uuid:invitation>/",
        members.invitation,
        name="members_invitation",
    ),
    path("settings/keys/", keys.keys, name="keys"),
    path("settings/keys/<uuid:key>/revoke/", keys.revoke, name="keys_revoke"),
    path("settings/webhooks/", webhooks.listing, name="webhooks"),
    path("settings/webhooks/new/", webhooks.new, name="webhooks_new"),
    path("settings/webhooks/<uuid:webhook>/", webhooks.one, name="webhook"),
    path("settings/webhooks/<uuid:webhook>/edit/", webhooks.edit, name="webhook_edit"),
    path("settings/webhooks/<uuid:webhook>/switch/", webhooks.switch, name="webhook_switch"),
    path("settings/webhooks/<uuid:webhook>/test/", webhooks.test, name="webhook_test"),
    path("settings/webhooks/<uuid:webhook>/rotate/", webhooks.rotate, name="webhook_rotate"),
    path("settings/webhooks/<uuid:webhook>/delete/", webhooks.delete, name="webhook_delete"),
    path("settings/webhooks/<uuid:webhook>/redeliver/", webhooks.again, name="webhook_again"),
    path(
        "settings/webhooks/<uuid:webhook>/deliveries/<uuid:delivery>/",
        webhooks.delivery,
        name="webhook_delivery",
    ),
    path(
        "settings/webhooks/<uuid:webhook>/deliveries/<uuid:delivery>/redeliver/",
        webhooks.delivery_again,
        name="webhook_delivery_again",
    ),
]
