"""The routes of a demo, which the tests' settings leave out."""

from django.urls import include, path

urlpatterns = [
    path("demo/", include("arvio.demo.urls")),
    path("", include("arvio.web.urls")),
]
