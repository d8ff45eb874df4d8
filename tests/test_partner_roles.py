"""Every partner's page and route for everybody who might call it, in one table; and that nobody
learns by an answer, its length or its cost whether something of another partner exists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver
from ninja.operation import Operation

from arvio import clock
from arvio.api.audience import Audience
from arvio.api.callers import PartnerKey
from arvio.api.service import api
from arvio.ids import uuid7
from arvio.people.models import Role
from tests import everybody
from tests.api.caller import API
from tests.cast import NOW
from tests.everybody import PARTNERS, Ids, World

# Rights and words are the same on every database, and the walks are long.
pytestmark = [pytest.mark.django_db, pytest.mark.once]
Counted = Callable[[], AbstractContextManager[list[str]]]

# `of` says what is named: see `World.ids_of`; `public` and `taken` are own reviews in those states
# instead of the held one, `-` is nothing. `login` is the way to the sign-in;
# whoever sends words is told instead that they are signed out, with the words.
TABLE = """
route               method  of       owner replier reader rival far   customer moderator operator nobody left without

inbox               GET     -        200   200     200    200   200   login    403       403      login  403  403
inbox               GET     own      200   200     200    200   200   login    403       403      login  403  403
inbox               GET     foreign  400   400     400    400   400   login    403       403      login  403  403
inbox               POST    -        405   405     405    405   405   405      405       405      405    405  405
review              GET     own      200   200     200    200   200   login    403       403      login  403  403
review              GET     taken    200   200     200    200   200   login    403       403      login  403  403
review              GET     foreign  404   404     404    404   404   login    403       403      login  403  403
review              GET     none     404   404     404    404   404   login    403       403      login  403  403
review              POST    own      405   405     405    405   405   405      405       405      405    405  405
reply               GET     own      303   303     403    303   303   login    403       403      login  403  403
reply               GET     foreign  303   303     403    303   303   login    403       403      login  403  403
reply               POST    own      303   303     403    303   303   403      403       403      403    403  403
reply               POST    foreign  404   404     403    404   404   403      403       403      403    403  403
reply               POST    none     404   404     403    404   404   403      403       403      403    403  403
draft               GET     own      303   303     403    303   303   login    403       403      login  403  403
draft               GET     foreign  303   303     403    303   303   login    403       403      login  403  403
draft               POST    own      303   303     403    303   303   403      403       403      403    403  403
draft               POST    foreign  404   404     403    404   404   403      403       403      403    403  403
draft               POST    none     404   404     403    404   404   403      403       403      403    403  403
tips                GET     own      303   303     403    303   303   login    403       403      login  403  403
tips                GET     foreign  303   303     403    303   303   login    403       403      login  403  403
tips                POST    own      200   200     403    200   200   403      403       403      403    403  403
tips                POST    foreign  404   404     403    404   404   403      403       403      403    403  403
tips                POST    none     404   404     403    404   404   403      403       403      403    403  403
report              GET     own      200   200     403    200   200   login    403       403      login  403  403
report              GET     taken    200   200     403    200   200   login    403       403      login  403  403
report              GET     foreign  404   404     403    404   404   login    403       403      login  403  403
report              GET     none     404   404     403    404   404   login    403       403      login  403  403
report              POST    own      409   409     403    409   409   403      403       403      403    403  403
report              POST    public   303   303     403    303   303   403      403       403      403    403  403
report              POST    foreign  404   404     403    404   404   403      403       403      403    403  403
report              POST    none     404   404     403    404   404   403      403       403      403    403  403
correction          GET     own      200   200     403    200   200   login    403       403      login  403  403
correction          GET     foreign  404   404     403    404   404   login    403       403      login  403  403
correction          POST    own      303   303     403    303   303   403      403       403      403    403  403
correction          POST    foreign  404   404     403    404   404   403      403       403      403    403  403
correction          POST    none     404   404     403    404   404   403      403       403      403    403  403
dispute_new         GET     own      200   200     403    200   200   login    403       403      login  403  403
dispute_new         GET     foreign  404   404     403    404   404   login    403       403      login  403  403
dispute_new         POST    own      303   303     403    303   303   403      403       403      403    403  403
dispute_new         POST    foreign  404   404     403    404   404   403      403       403      403    403  403
dispute_new         POST    none     404   404     403    404   404   403      403       403      403    403  403
appeal              GET     own      200   200     403    200   200   login    403       403      login  403  403
appeal              GET     foreign  404   404     403    404   404   login    403       403      login  403  403
appeal              POST    own      403   403     403    403   403   403      403       403      403    403  403
appeal              POST    taken    303   303     403    303   303   403      403       403      403    403  403
appeal              POST    foreign  404   404     403    404   404   403      403       403      403    403  403
appeal              POST    none     404   404     403    404   404   403      403       403      403    403  403
disputes            GET     -        200   200     200    200   200   login    403       403      login  403  403
disputes            POST    -        405   405     405    405   405   405      405       405      405    405  405
dispute             GET     own      200   200     200    200   200   login    403       403      login  403  403
dispute             GET     foreign  404   404     404    404   404   login    403       403      login  403  403
dispute             GET     none     404   404     404    404   404   login    403       403      login  403  403
dispute             POST    own      303   303     403    303   303   403      403       403      403    403  403
dispute             POST    foreign  404   404     404    404   404   403      403       403      403    403  403
dispute             POST    none     404   404     404    404   404   403      403       403      403    403  403
switch              GET     -        405   405     405    405   405   405      405       405      405    405  405
switch              POST    own      302   302     302    302   302   login    403       403      login  403  403
switch              POST    foreign  302   302     302    302   302   login    403       403      login  403  403
insights            GET     -        200   200     200    200   200   login    403       403      login  403  403
insights            GET     own      200   200     200    200   200   login    403       403      login  403  403
insights            GET     foreign  404   404     404    404   404   login    403       403      login  403  403
insights            POST    -        405   405     405    405   405   405      405       405      405    405  405
export              GET     -        200   200     200    200   200   login    403       403      login  403  403
export              GET     own      200   200     200    200   200   login    403       403      login  403  403
export              GET     foreign  422   422     422    422   422   login    403       403      login  403  403
export              POST    -        405   405     405    405   405   405      405       405      405    405  405
guide               GET     -        200   200     200    200   200   login    403       403      login  403  403
guide               GET     own      200   200     200    200   200   login    403       403      login  403  403
guide               GET     foreign  404   404     404    404   404   login    403       403      login  403  403
guide               POST    -        405   405     405    405   405   405      405       405      405    405  405
guide_prompt        GET     own      200   200     200    200   200   login    403       403      login  403  403
guide_prompt        GET     foreign  404   404     404    404   404   login    403       403      login  403  403
guide_prompt        GET     none     404   404     404    404   404   login    403       403      login  403  403
guide_prompt        POST    own      405   405     405    405   405   405      405       405      405    405  405
links               GET     -        200   200     200    200   200   login    403       403      login  403  403
links               GET     own      200   200     200    200   200   login    403       403      login  403  403
links               GET     foreign  200   200     200    200   200   login    403       403      login  403  403
links               POST    -        405   405     405    405   405   405      405       405      405    405  405
links_new           GET     -        303   303     403    303   303   login    403       403      login  403  403
links_new           POST    own      303   303     403    303   303   login    403       403      login  403  403
links_new           POST    foreign  404   404     403    404   404   login    403       403      login  403  403
guidelines          GET     -        405   405     405    405   405   405      405       405      405    405  405
guidelines          POST    -        303   303     403    303   303   login    403       403      login  403  403
links_end           GET     own      405   405     405    405   405   405      405       405      405    405  405
links_end           POST    own      303   303     403    303   303   login    403       403      login  403  403
links_end           POST    foreign  404   404     403    404   404   login    403       403      login  403  403
links_end           POST    none     404   404     403    404   404   login    403       403      login  403  403
settings            GET     -        302   302     302    302   302   302      302       302      302    302  302
settings            POST    -        405   405     405    405   405   405      405       405      405    405  405
notifications       GET     -        200   200     200    200   200   login    403       403      login  403  403
notifications       POST    -        303   303     303    303   303   login    403       403      login  403  403
notifications       POST    own      303   303     303    303   303   login    403       403      login  403  403
notifications       POST    foreign  400   400     400    400   400   login    403       403      login  403  403
members             GET     -        200   200     200    200   200   login    403       403      login  403  403
members             POST    -        302   403     403    302   302   login    403       403      login  403  403
members_leave       GET     -        200   200     200    200   200   login    403       403      login  403  403
members_leave       POST    -        302   302     302    302   302   login    403       403      login  403  403
members_change      GET     own      405   405     405    405   405   405      405       405      405    405  405
members_change      POST    own      302   403     403    302   302   login    403       403      login  403  403
members_change      POST    foreign  302   403     403    302   302   login    403       403      login  403  403
members_remove      GET     own      200   403     403    200   200   login    403       403      login  403  403
members_remove      GET     foreign  404   403     403    404   404   login    403       403      login  403  403
members_remove      POST    own      302   403     403    302   302   login    403       403      login  403  403
members_remove      POST    foreign  404   403     403    404   404   login    403       403      login  403  403
members_invitation  GET     own      405   405     405    405   405   405      405       405      405    405  405
members_invitation  POST    own      302   403     403    302   302   login    403       403      login  403  403
members_invitation  POST    foreign  302   403     403    302   302   login    403       403      login  403  403
keys                GET     -        200   200     200    200   200   login    403       403      login  403  403
keys                POST    -        200   200     200    200   200   login    403       403      login  403  403
keys_revoke         GET     own      200   404     404    200   200   login    403       403      login  403  403
keys_revoke         GET     mine     200   200     200    200   200   login    403       403      login  403  403
keys_revoke         GET     foreign  404   404     404    404   404   login    403       403      login  403  403
keys_revoke         POST    own      302   404     404    302   302   login    403       403      login  403  403
keys_revoke         POST    mine     302   302     302    302   302   login    403       403      login  403  403
keys_revoke         POST    foreign  404   404     404    404   404   login    403       403      login  403  403
keys_revoke         POST    none     404   404     404    404   404   login    403       403      login  403  403
webhooks            GET     -        200  403  403  200  200  login  403  403  login  403  403
webhooks            POST    -        405  405  405  405  405  405  405  405  405  405  405
webhooks_new        GET     -        200  403  403  200  200  login  403  403  login  403  403
webhooks_new        POST    -        200  403  403  200  200  login  403  403  login  403  403
webhook             GET     own      200  403  403  200  200  login  403  403  login  403  403
webhook             GET     foreign  404  403  403  404  404  login  403  403  login  403  403
webhook             GET     none     404  403  403  404  404  login  403  403  login  403  403
webhook             POST    own      405  405  405  405  405  405  405  405  405  405  405
webhook_edit        GET     own      200  403  403  200  200  login  403  403  login  403  403
webhook_edit        GET     foreign  404  403  403  404  404  login  403  403  login  403  403
webhook_edit        GET     none     404  403  403  404  404  login  403  403  login  403  403
webhook_edit        POST    own      303  403  403  303  303  login  403  403  login  403  403
webhook_edit        POST    foreign  404  403  403  404  404  login  403  403  login  403  403
webhook_edit        POST    none     404  403  403  404  404  login  403  403  login  403  403
webhook_rotate      GET     own      200  403  403  200  200  login  403  403  login  403  403
webhook_rotate      GET     foreign  404  403  403  404  404  login  403  403  login  403  403
webhook_rotate      GET     none     404  403  403  404  404  login  403  403  login  403  403
webhook_rotate      POST    own      200  403  403  200  200  login  403  403  login  403  403
webhook_rotate      POST    foreign  404  403  403  404  404  login  403  403  login  403  403
webhook_rotate      POST    none     404  403  403  404  404  login  403  403  login  403  403
webhook_delete      GET     own      200  403  403  200  200  login  403  403  login  403  403
webhook_delete      GET     foreign  404  403  403  404  404  login  403  403  login  403  403
webhook_delete      GET     none     404  403  403  404  404  login  403  403  login  403  403
webhook_delete      POST    own      303  403  403  303  303  login  403  403  login  403  403
webhook_delete      POST    foreign  404  403  403  404  404  login  403  403  login  403  403
webhook_delete      POST    none     404  403  403  404  404  login  403  403  login  403  403
webhook_switch      GET     own      405  405  405  405  405  405  405  405  405  405  405
webhook_switch      POST    own      303  403  403  303  303  login  403  403  login  403  403
webhook_switch      POST    foreign  404  403  403  404  404  login  403  403  login  403  403
webhook_switch      POST    none     404  403  403  404  404  login  403  403  login  403  403
webhook_test        GET     own      405  405  405  405  405  405  405  405  405  405  405
webhook_test        POST    own      303  403  403  303  303  login  403  403  login  403  403
webhook_test        POST    foreign  404  403  403  404  404  login  403  403  login  403  403
webhook_test        POST    none     404  403  403  404  404  login  403  403  login  403  403
webhook_again       GET     own      405  405  405  405  405  405  405  405  405  405  405
webhook_again       POST    own      303  403  403  303  303  login  403  403  login  403  403
webhook_again       POST    foreign  404  403  403  404  404  login  403  403  login  403  403
webhook_again       POST    none     404  403  403  404  404  login  403  403  login  403  403
webhook_delivery    GET     own      200  403  403  200  200  login  403  403  login  403  403
webhook_delivery    GET     foreign  404  403  403  404  404  login  403  403  login  403  403
webhook_delivery    GET     none     404  403  403  404  404  login  403  403  login  403  403
webhook_delivery    POST    own      405  405  405  405  405  405  405  405  405  405  405
webhook_delivery_again GET     own      405  405  405  405  405  405  405  405  405  405  405
webhook_delivery_again POST    own      303  403  403  303  303  login  403  403  login  403  403
webhook_delivery_again POST    foreign  404  403  403  404  404  login  403  403  login  403  403
webhook_delivery_again POST    none     404  403  403  404  404  login  403  403  login  403  403

/partner/reviews           GET   -        200   200   200   200   200   401   403   403   401   401   401
/partner/reviews           GET   own      200   200   200   200   200   401   403   403   401   401   401
/partner/reviews           GET   foreign  422   422   422   422   422   401   403   403   401   401   401
/partner/export            GET   -        200   200   200   200   200   401   403   403   401   401   401
/partner/export            GET   own      200   200   200   200   200   401   403   403   401   401   401
/partner/export            GET   foreign  422   422   422   422   422   401   403   403   401   401   401
/partner/unanswered        GET   -        200   200   200   200   200   401   403   403   401   401   401
/partner/apps/{app}/rating GET   own      200   200   200   200   200   401   403   403   401   401   401
/partner/apps/{app}/rating GET   foreign  403   403   403   403   404   401   403   403   401   401   401
/partner/apps/{app}/rating GET   none     404   404   404   404   404   401   403   403   401   401   401
/reviews/{review_id}/reply POST  own      201   201   403   201   201   401   403   403   401   401   401
/reviews/{review_id}/reply POST  foreign  404   404   403   404   404   401   403   403   401   401   401
/reviews/{review_id}/reply POST  none     404   404   403   404   404   401   403   403   401   401   401
/reply-check               POST  own      200   200   200   200   200   401   403   403   401   401   401
/reply-check               POST  foreign  404   404   404   404   404   401   403   403   401   401   401
/reply-check               POST  none     404   404   404   404   404   401   403   403   401   401   401
/partner/links             GET   -        200   200   200   200   200   401   403   403   401   401   401
/partner/links             POST  own      201   201   403   201   201   401   403   403   401   401   401
/partner/links             POST  foreign  404   404   403   404   404   401   403   403   401   401   401
/partner/links/{link_id}   DELETE own     204   204   403   204   204   401   403   403   401   401   401
/partner/links/{link_id}   DELETE foreign 404   404   403   404   404   401   403   403   401   401   401
/partner/links/{link_id}   DELETE none    404   404   403   404   404   401   403   403   401   401   401
/partner/reviews/{review_id} GET own     200   200   200   200   200   401   403   403   401   401   401
/partner/reviews/{review_id} GET foreign 404   404   404   404   404   401   403   403   401   401   401
/partner/reviews/{review_id} GET none    404   404   404   404   404   401   403   403   401   401   401
/partner/webhooks            GET  -      200   403   403   200   200   401   403   403   401   401   401
/partner/webhooks            POST -      201   403   403   201   201   401   403   403   401   401   401
/partner/webhooks/{webhook_id} GET own 200 403 403 200 200 401 403 403 401 401 401
/partner/webhooks/{webhook_id} GET foreign 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id} GET none 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id} PATCH own 200 403 403 200 200 401 403 403 401 401 401
/partner/webhooks/{webhook_id} PATCH foreign 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id} PATCH none 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id} DELETE own 204 403 403 204 204 401 403 403 401 401 401
/partner/webhooks/{webhook_id} DELETE foreign 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id} DELETE none 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/rotate POST own 201 403 403 201 201 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/rotate POST foreign 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/rotate POST none 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/test POST own 202 403 403 202 202 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/test POST foreign 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/test POST none 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/deliveries GET own 200 403 403 200 200 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/deliveries GET foreign 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/deliveries GET none 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/redeliver POST own 202 403 403 202 202 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/redeliver POST foreign 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/redeliver POST none 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver POST own 202 403 403 202 202 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver POST foreign 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver POST none 404 403 403 404 404 401 403 403 401 401 401
/partner/reviews/{review_id} GET own     200   200   200   200   200   401   403   403   401   401   401
/partner/reviews/{review_id} GET foreign 404   404   404   404   404   401   403   403   401   401   401
/partner/reviews/{review_id} GET none    404   404   404   404   404   401   403   403   401   401   401
/partner/webhooks            GET  -      200   403   403   200   200   401   403   403   401   401   401
/partner/webhooks            POST -      201   403   403   201   201   401   403   403   401   401   401
/partner/webhooks/{webhook_id} GET own 200 403 403 200 200 401 403 403 401 401 401
/partner/webhooks/{webhook_id} GET foreign 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id} GET none 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id} PATCH own 200 403 403 200 200 401 403 403 401 401 401
/partner/webhooks/{webhook_id} PATCH foreign 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id} PATCH none 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id} DELETE own 204 403 403 204 204 401 403 403 401 401 401
/partner/webhooks/{webhook_id} DELETE foreign 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id} DELETE none 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/rotate POST own 201 403 403 201 201 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/rotate POST foreign 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/rotate POST none 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/test POST own 202 403 403 202 202 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/test POST foreign 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/test POST none 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/deliveries GET own 200 403 403 200 200 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/deliveries GET foreign 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/deliveries GET none 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/redeliver POST own 202 403 403 202 202 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/redeliver POST foreign 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/redeliver POST none 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver POST own 202 403 403 202 202 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver POST foreign 404 403 403 404 404 401 403 403 401 401 401
/partner/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver POST none 404 403 403 404 404 401 403 403 401 401 401
/partner/disputes          GET   -        200   200   200   200   200   401   403   403   401   401   401
/reviews/{review_id}/disputes POST own     201   201   403   201   201   401   403   403   401   401   401
/reviews/{review_id}/disputes POST foreign 404   404   403   404   404   401   403   403   401   401   401
/reviews/{review_id}/disputes POST none    404   404   403   404   404   401   403   403   401   401   401
/disputes/{dispute_id}/messages GET  own     200   200   200   200   200   401   200   403   401   401   401
/disputes/{dispute_id}/messages GET  foreign 404   404   404   404   404   401   200   403   401   401   401
/disputes/{dispute_id}/messages GET  none    404   404   404   404   404   401   404   403   401   401   401
/disputes/{dispute_id}/messages POST own     201   201   403   201   201   401   201   403   401   401   401
/disputes/{dispute_id}/messages POST foreign 404   404   403   404   404   401   201   403   401   401   401
/disputes/{dispute_id}/messages POST none    404   404   403   404   404   401   404   403   401   401   401
/reviews/{review_id}/correction-requests POST own     201 201 403 201 201 404 403 403 401 401 401
/reviews/{review_id}/correction-requests POST foreign 404 404 403 404 404 404 403 403 401 401 401
/reviews/{review_id}/correction-requests POST none    404 404 403 404 404 404 403 403 401 401 401
/cases/{case_id}/appeal POST own     201 201 403 201 201 404 403 403 401 401 401
/cases/{case_id}/appeal POST foreign 404 404 403 404 404 404 403 403 401 401 401
/cases/{case_id}/appeal POST none    404 404 403 404 404 404 403 403 401 401 401
/reviews/{review_id}/reports POST own 404 404 404 404 404 404 404 403 401 401 401
/reviews/{review_id}/reports POST none 404 404 404 404 404 404 404 403 401 401 401
/replies/{reply_id}/reports POST none 404 404 404 404 404 404 404 403 401 401 401
"""  # noqa: E501 - a table is read by its columns
ROLES = TABLE.split("\n")[1].split()[3:]
TEXT = "Thank you for writing. Version 3.3 keeps the order of your calls."
WORDS = {"text": TEXT, "do": "send"}
HOW = {"review_new": "daily", "review_edited": "off"}
HOOK = {"url": "https://hooks.example/", "description": "", "events": "review.created"}
# By what follows the webhook in the path; the first is both a new one and a change.
WEBHOOK: dict[str, dict[str, Any]] = {
    "/partner/webhooks": {"url": "https://hooks.example/", "events": ["review.created"]},
    "": {"description": "Ours"},
    "/rotate": {"overlap": "P1D"},
    "/redeliver": {"since": "2026-03-01T00:00:00Z"},
}
INVITED = {"email": "new@mail.example", "name": "New", "kind": "reader", "language": "en"}


@dataclass(frozen=True)
class Row:
    route: str
    method: str
    of: str
    cells: tuple[str, ...]

    @property
    def expected(self) -> dict[str, str]:
        return dict(zip(ROLES, self.cells, strict=True))

    @property
    def is_api(self) -> bool:
        return self.route.startswith("/")

    @property
    def name(self) -> str:
        return f"{self.route} {self.method} {self.of}"


def table() -> list[Row]:
    lines = [line.split() for line in TABLE.split("\n")[2:] if line]
    return [Row(route, method, of, tuple(cells)) for route, method, of, *cells in lines]


ROWS = table()


# --- Asking --------------------------------------------------------------------------------------


@dataclass
class Caller:
    """A role's key and its browser, in which no request leaves anything to the next."""

    key: str
    browser: Client

    def ask(self, row: Row, ids: Ids, method: str = "") -> HttpResponse:
        method = method or row.method
        # The cookies alone make a new browser: a client of its own would load all middleware anew.
        cookies = deepcopy(self.browser.cookies)
        try:
            return self._ask_api(row, ids, method) if row.is_api else self._open(row, ids, method)
        finally:
            self.browser.cookies = cookies

    def _open(self, row: Row, ids: Ids, method: str) -> HttpResponse:
        names = {"form": "csv", **vars(ids)}
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: str(names[m[1]]), PAGES[row.route])
        query, form = _page_values(row, ids)
        if query:
            path += f"?{query}"
        if method == "POST":
            return self.browser.post(path, form)  # type: ignore[return-value]  # it is one
        return self.browser.generic(method, path)  # type: ignore[return-value]  # the same

    def _ask_api(self, row: Row, ids: Ids, method: str) -> HttpResponse:
        path = row.route.format(**route_names(ids))
        if method in ("GET", "HEAD") and row.of != "-" and "{" not in row.route:
            path += f"?app={ids.app}"
        body = _api_body(row.route, ids) if method in ("POST", "PATCH") else None
        self.browser.cookies.clear()
        return self.browser.generic(  # type: ignore[return-value]  # the same
            method,
            API + path,
            json.dumps(body) if body else "",
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.key}"},
        )


def _page_values(row: Row, ids: Ids) -> tuple[str, dict[str, str]]:
    """The query and the form of a page's request; without what names something where `-`."""
    named = row.of != "-"
    queries = dict.fromkeys(("inbox", "insights", "export", "guide"), f"app={ids.app}")
    queries["links"] = f"made={ids.link}"
    forms: dict[str, dict[str, str]] = {
        **dict.fromkeys(("reply", "draft", "tips"), WORDS),
        **{key: {"text": TEXT} for key in ("dispute", "dispute_new", "appeal")},
        "report": {"reason": "spam", "comment": "It advertises something else."},
        "correction": {"text": TEXT, "reason": "A private number."},
        "switch": {"partner": str(ids.partner)},
        "links_new": {"app": ids.app, "campaign": "July"},
        "guidelines": {"version": "1"},
        "notifications": {**HOW, **({"app": ids.app} if named else {})},
        "members": INVITED,
        "members_change": {"kind": "replier"},
        "members_invitation": {"action": "revoke"},
        "keys": {"name": "Another"},
        **dict.fromkeys(("webhooks_new", "webhook_edit"), HOOK),
        "webhook_rotate": {"overlap": "day"},
        "webhook_switch": {"to": "off"},
        "webhook_again": {"days": "7"},
    }
    query = queries.get(row.route, "") if named and row.method == "GET" else ""
    return query, forms.get(row.route, {})


def _api_body(route: str, ids: Ids) -> dict[str, Any]:
    if route == "/reply-check":
        return {"review": str(ids.review), "text": TEXT}
    if route.startswith("/partner/webhooks"):
        return WEBHOOK.get(route.rpartition("}")[2], {})
    if route == "/partner/links":
        return {"app": ids.app, "campaign": "July"}
    if route.endswith("/reports"):
        return {"reason": "spam", "email": "zelda@mail.example"}
    if route.endswith("/correction-requests"):
        return {"text": TEXT, "reason": "It was mended."}
    return {"text": TEXT}


def route_names(ids: Ids) -> dict[str, Any]:
    return {
        "app": ids.app,
        "review_id": ids.review,
        "reply_id": uuid7(),
        "link_id": ids.link,
        "dispute_id": ids.thread,
        "case_id": ids.case,
        "webhook_id": ids.webhook,
        "delivery_id": ids.delivery,
    }


def caller(world: World, role: str, *, strict: bool = False) -> Caller:
    return Caller(world.keys[role], world.browser(role, strict=strict))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return everybody.build()


def outcome(answer: HttpResponse) -> str:
    to_login = answer.headers.get("Location", "").startswith("/accounts/login/")
    return "login" if to_login else str(answer.status_code)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def body(answer: HttpResponse) -> bytes:
    content: Any = answer
    return bytes(b"".join(content.streaming_content) if answer.streaming else answer.content)


def everything() -> dict[str, int]:
    """How many rows there are in each table; a session remembers whose partner was looked at."""
    names = connection.introspection.django_table_names(only_existing=True)
    tables = sorted(set(names) - {"django_session"})
    counts = " UNION ALL ".join(f"SELECT '{name}', COUNT(*) FROM {name}" for name in tables)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(counts)
        return dict(cursor.fetchall())


def writes(statements: list[str]) -> list[str]:
    changing = [sql for sql in statements if sql.startswith(("INSERT", "UPDATE", "DELETE"))]
    return [sql for sql in changing if "django_session" not in sql]


# --- The table -----------------------------------------------------------------------------------


def _routes() -> dict[str, str]:
    prefix, resolver = get_resolver().namespace_dict["partner"]
    patterns = [one for one in resolver.url_patterns if isinstance(one, URLPattern)]
    assert len(patterns) == len(resolver.url_patterns) == len({one.name for one in patterns})
    return {str(one.name): f"/{prefix}{one.pattern}" for one in patterns}


PAGES = _routes()


def test_the_table_names_every_page_and_both_its_methods() -> None:
    named = {(row.route, row.method) for row in ROWS if not row.is_api}
    assert named == {(name, method) for name in PAGES for method in ("GET", "POST")}


def _takes_partner_keys(path: str, operation: Operation) -> bool:
    asked = operation.auth_callbacks
    schemes = [one for auth in asked for one in getattr(auth, "schemes", [auth])]
    by_key = any(isinstance(one, PartnerKey) for one in schemes)
    return by_key or path.startswith("/partner")


def test_the_table_names_every_route_for_a_partner_key() -> None:
    found = {
        (re.sub(r"\{\w+:(\w+)\}", r"{\1}", path), method)
        for router in api._get_bound_routers()
        for path, view in router.path_operations.items()
        for operation in view.operations
        if Audience.of(operation) is Audience.PARTNER or _takes_partner_keys(path, operation)
        for method in operation.methods
    }
    assert {(row.route, row.method) for row in ROWS if row.is_api} == found


def test_what_takes_a_foreign_id_is_asked_with_one_of_its_own_too() -> None:
    asked = {(row.route, row.method, row.of) for row in ROWS}
    names = {(route, method) for route, method, of in asked if of == "foreign"}
    assert {(*name, "own") for name in names} <= asked


@pytest.mark.parametrize("roles", [ROLES[:3], ROLES[3:6], ROLES[6:]], ids=" ".join)
def test_each_role_gets_what_the_table_says(
    world: World, roles: list[str], count_sql: Counted
) -> None:
    """What was refused, and what named something of another partner, has written nothing."""
    callers, wrong = {role: caller(world, role) for role in roles}, []
    before = everything()
    for role, who in callers.items():
        for row in ROWS:
            with undone(), count_sql() as statements:
                answer = who.ask(row, world.ids_of(role, row.of))
                body(answer)
                found = outcome(answer)
                # A moderator's place is the whole marketplace: no partner is foreign to them.
                foreign = row.of == "foreign" and role != "moderator"
                if found == "login" or found >= "400" or foreign or row.of == "none":
                    wrong += [f"{role}, {row.name}: {sql}" for sql in writes(statements)]
                    assert everything() == before, f"{role}, {row.name}"
            if found != row.expected[role]:
                wrong.append(f"{role}, {row.name}: {found}, not {row.expected[role]}")
    assert not wrong


# --- Whether it exists ---------------------------------------------------------------------------

# By what an id is of; each is asked for as it stands and as one that never was.
REDELIVER = "/deliveries/{delivery_id}/redeliver"
TAKES = {
    **dict.fromkeys(("review", "reply", "draft", "tips", "/reply-check"), "review"),
    **dict.fromkeys(("report", "correction", "dispute_new", "appeal"), "review"),
    "dispute": "thread",
    "/reviews/{review_id}/reply": "review",
    "/partner/reviews/{review_id}": "review",
    **dict.fromkeys(
        (
            f"/partner/webhooks/{{webhook_id}}{rest}"
            for rest in ("", "/rotate", "/test", "/deliveries", "/redeliver", REDELIVER)
        ),
        "webhook",
    ),
    "/reviews/{review_id}/disputes": "review",
    "/reviews/{review_id}/correction-requests": "review",
    "/disputes/{dispute_id}/messages": "thread",
    "/cases/{case_id}/appeal": "case",
    **dict.fromkeys(("links", "links_end", "/partner/links/{link_id}"), "link"),
    **dict.fromkeys(("members_change", "members_remove"), "person"),
    "members_invitation": "invitation",
    "keys_revoke": "key",
    **dict.fromkeys(
        (
            "webhook",
            "webhook_edit",
            "webhook_rotate",
            "webhook_delete",
            "webhook_switch",
            "webhook_test",
            "webhook_again",
            "webhook_delivery",
            "webhook_delivery_again",
        ),
        "webhook",
    ),
    "switch": "partner",
    **dict.fromkeys(("inbox", "insights", "export", "links_new", "notifications"), "app"),
    **dict.fromkeys(("guide", "guide_prompt"), "app"),
    **dict.fromkeys(("/partner/reviews", "/partner/export", "/partner/links"), "app"),
}
# Apps are in the storefront, and the refusal names the app (CONTRACT 3, `not_your_app`).
PUBLIC = "/partner/apps/{app}/rating"


def foreign(world: World, role: str, what: str) -> dict[str, Ids]:
    """What an id of this sort may lead to at another partner, and one that leads nowhere."""
    ref = "vector" if PARTNERS.get(role, "pixel") == "pixel" else "pixel"
    known, nothing = world.ids[ref], Ids()
    found = {"none": nothing, "foreign": replace(nothing, **{what: getattr(known, what)})}
    if what == "review":
        del found["foreign"]
        states = world.reviews[ref].items()
        found |= {state: replace(nothing, review=review) for state, review in states}
    if what == "thread":
        threads = world.threads[ref].items()
        found |= {state: replace(nothing, thread=thread) for state, thread in threads}
    if what == "link":
        found["ended"] = replace(nothing, link=world.ended[ref])
    if what == "app" and role != "far":
        found["elsewhere"] = replace(nothing, app=world.ids["ferry"].app)
    return found


def told(answer: HttpResponse, thing: str) -> tuple[Any, ...]:
    """All that an answer tells, but for the id that was asked for and the form's random token."""

    def plain(text: str) -> str:
        text = re.sub(r"\d\d:\d\d:\d\d GMT", "", text.replace(thing, "…"))
        return re.sub(r'value="\w{64}"', "", text)

    cookies = {name: morsel.OutputString() for name, morsel in answer.cookies.items()}
    for name in ("csrftoken", "messages"):
        # Both are random or signed; what they say stands in the next page, and their length here.
        said = plain(cookies.get(name, ""))
        cookies[name] = re.sub(r"=[^;]*", lambda m: str(len(m[0])), said, count=1)
    headers = {name: plain(value) for name, value in answer.headers.items()}
    del headers["X-Request-ID"]  # by chance
    return answer.status_code, headers, cookies, plain(body(answer).decode())


def test_whatever_takes_an_id_is_known_to_the_next_test() -> None:
    named = {row.route for row in ROWS if row.of == "foreign"}
    assert named == {*TAKES, PUBLIC}


def test_nobody_learns_whether_a_foreign_thing_exists(world: World, count_sql: Counted) -> None:
    """Nor by the length of the answer, nor by the statements that it took."""
    rows = [row for row in ROWS if row.of == "foreign" and row.route != PUBLIC]
    wrong = []
    for role in ("owner", "reader", "rival", "far", "without", "nobody"):
        who = caller(world, role)
        for row in rows:
            what, all_said = TAKES[row.route], {}
            for kind, ids in foreign(world, role, what).items():
                with undone():
                    with count_sql() as statements:
                        said = told(who.ask(row, ids), str(getattr(ids, what)))
                    all_said[kind] = (*said, statements)
            for kind, said in all_said.items():
                parts = zip(said, all_said["none"], strict=True)
                found = [f"{one} != {other}" for one, other in parts if one != other]
                wrong += [f"{role}, {row.name}, {kind}: {words}" for words in found]
    assert not wrong


# --- Other ways in -------------------------------------------------------------------------------


def test_head_answers_as_get_without_a_body_and_no_cache_keeps_it(world: World) -> None:
    for role in ("owner", "reader", "without", "nobody"):
        who = caller(world, role)
        for row in [row for row in ROWS if row.method == "GET"]:
            with undone():
                answer = who.ask(row, world.ids_of(role, row.of), "HEAD")
            assert outcome(answer) == row.expected[role], f"{role}, {row.name}"
            assert body(answer) == b"", f"{role}, {row.name}"
            if answer.status_code != 405 and row.route != "settings":
                kept = answer.headers.get("Cache-Control", "")
                assert "no-store" in kept, f"{role}, {row.name}"


def test_other_methods_are_refused_before_anybody_is_asked_for(count_sql: Counted) -> None:
    asked: dict[str, set[str]] = {}
    for row in ROWS:
        asked.setdefault(row.route, set()).add(row.method)
    who, rows = caller(World(keys={"nobody": ""}), "nobody"), {row.route: row for row in ROWS}
    for route, row in rows.items():
        others = {"PUT", "PATCH", "DELETE"} | ({"GET", "POST"} if row.is_api else set())
        for method in sorted(others - asked[route]):
            with count_sql() as statements:
                answer = who.ask(row, Ids(), method)
            assert (answer.status_code, statements) == (405, []), f"{route} {method}"


def test_a_form_without_its_token_is_refused_and_changes_nothing(
    world: World, count_sql: Counted
) -> None:
    who = caller(world, "owner", strict=True)
    for row in [row for row in ROWS if row.method == "POST" and not row.is_api]:
        with count_sql() as statements:
            answer = who.ask(row, world.ids_of("owner", row.of))
        assert (answer.status_code, writes(statements)) == (403, []), row.name


def test_a_browser_opens_no_route_and_a_key_opens_no_page(world: World) -> None:
    browser = world.browser("owner")
    with_key = Caller("", Client(headers={"Authorization": f"Bearer {world.keys['owner']}"}))
    # Anybody may report; who sends a token that is none isn't taken for nobody.
    rows = [row for row in ROWS if not row.route.endswith("/reports")]
    for row in [row for row in rows if row.expected["nobody"] in ("401", "login")]:
        ids = world.ids_of("owner", row.of)
        if row.is_api:
            path = API + row.route.format(**route_names(ids))
            found = browser.generic(row.method, path, "{}", content_type="application/json")
            assert found.status_code == 401, row.name
        else:
            assert outcome(with_key.ask(row, ids)) == row.expected["nobody"], row.name


def test_after_the_login_every_form_leads_to_a_page(world: World) -> None:
    """A form whose page is only sent to would be an empty page of a browser's own."""
    nobody, owner = caller(world, "nobody"), caller(world, "owner")
    for row in [row for row in ROWS if row.expected["nobody"] == "login"]:
        answer = nobody.ask(row, world.ids_of("owner", row.of))
        back = parse_qs(urlsplit(answer.headers["Location"]).query)["next"][0]
        assert owner.browser.get(back).status_code in (200, 303, 400, 404, 422), row.name


def test_in_each_partner_one_may_what_ones_role_is_there(world: World) -> None:
    """Rita reads at Pixel and owns Vector: which she looked at last makes no difference."""
    rita = world.persons["reader"]
    Role.objects.create(
        person=rita,
        marketplace_id=Role.objects.get(person=rita).marketplace_id,
        place_id=world.ids["vector"].partner,
        kind="owner",
        source="invitation",
    )
    rows = {(row.route, row.method, row.of): row for row in ROWS}
    for ref, reads, replies in (("pixel", 200, 403), ("vector", 200, 303)):
        for looked_at in ("vector", "pixel"):
            who = caller(world, "reader")
            who.browser.post("/partner/switch/", {"partner": str(world.ids[looked_at].partner)})
            with undone():
                answers = [
                    who.ask(rows[route], world.ids[ref]).status_code
                    for route in (("review", "GET", "own"), ("draft", "POST", "own"))
                ]
            assert answers == [reads, replies], (ref, looked_at)
