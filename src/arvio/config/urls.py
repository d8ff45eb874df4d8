from __future__ import annotations

from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("arvio.api.urls")),
    path("", include("arvio.watching.urls")),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("arvio.demo.urls")))
urlpatterns.append(path("accounts/", include("arvio.web.views.accounts.urls")))
urlpatterns.append(path("partner/", include("arvio.web.views.partner.urls")))
urlpatterns.append(path("desk/", include("arvio.web.views.desk.urls")))
urlpatterns.append(path("operator/", include("arvio.web.views.operator.urls")))
# The marketplaces' pages come last: their first part is a slug, and reserved words are none.
urlpatterns.append(path("", include("arvio.web.urls")))

handler400 = "arvio.web.errors.bad_request"
handler403 = "arvio.web.errors.refused"
handler404 = "arvio.web.errors.not_found"
handler500 = "arvio.web.errors.broken"
