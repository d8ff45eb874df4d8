"""The routes of a demo, which the tests' settings leave out."""

from django.urls import include, path

from arvio.config.urls import urlpatterns as all_others

urlpatterns = [path("demo/", include("arvio.demo.urls")), *all_others]
