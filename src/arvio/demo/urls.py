from __future__ import annotations

from django.urls import path

from arvio.demo import views

app_name = "demo"
urlpatterns = [
    path("clock", views.move_clock, name="clock"),
    path("become", views.become, name="become"),
]
