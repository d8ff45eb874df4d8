from __future__ import annotations

from django.urls import path

from arvio.watching import views

app_name = "watching"

urlpatterns = [path("metrics", views.metrics, name="metrics")]
