"""Cases of somebody who left the staff."""

from __future__ import annotations

import pytest

from arvio.audit.models import AuditRow
from arvio.catalog import inviting
from arvio.catalog.marketplaces import put_staff
from arvio.moderation import deciding
from arvio.moderation.models import Case
from arvio.work.loop import work_once
from tests.moderation.desk import STAFF, desk

pytestmark = pytest.mark.django_db


def test_whoever_leaves_leaves_their_open_cases_and_who_is_back_meanwhile_keeps_them() -> None:
    at = desk()
    cases = []
    for _ in range(3):
        review = at.stage.published()
        at.report(review)
        case = Case.objects.get(review=review)
        deciding.assign(moderator=at.mika, case_id=case.pk, to=at.mika, now=at.now)
        cases.append(case)
    at.decide(cases[2], "keep")
    inviting.remove_member(by=at.otto, person_id=at.mika.person.pk, now=at.now)
    put_staff(marketplace=at.stage.marketplace, members=STAFF)
    work_once(now=at.now, kinds=["staff_left"])
    assert Case.objects.filter(assigned_to=at.mika.person).count() == 3
    inviting.leave(member=at.mika, now=at.now)
    work_once(now=at.now, kinds=["staff_left"])
    assert list(Case.objects.filter(assigned_to=at.mika.person)) == [cases[2]]
    rows = AuditRow.objects.filter(tag="case:assigned", actor="policy")
    assert sorted(row.subject for row in rows) == sorted(case.subject for case in cases[:2])
    assert {row.after["why"] for row in rows if row.after} == {"staff_left"}
