"""The routes of a demo, which the tests' settings leave out."""

from django.urls import include, path

from arvio.config.urls import handler400, handler403, handler404, handler500
from arvio.config.urls import urlpatterns as all_others

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
urlpatterns = [path("demo/", include("arvio.demo.urls")), *all_others]
