from __future__ import annotations

from django.urls import path

from arvio.demo import outbox, views

app_name = "demo"
urlpatterns = [
    path("clock", views.move_clock, name="clock"),
    path("become", views.become, name="become"),
    path("outbox", outbox.outbox, name="outbox"),
    path("outbox/<uuid:message>", outbox.mail, name="mail"),
    path("outbox/<uuid:message>/html", outbox.html, name="mail_html"),
]
