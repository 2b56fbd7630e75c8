"""Proof of a certificate: what anybody who holds its code may read."""

import re

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from awrash import states as s
from awrash.database import db
from awrash.models import Agreement, Call, Certificate, Contract, Project, Worksite
from awrash.text import clean, western_digits

LONGEST_CODE = 80  # signs kept of what was typed: more is no code of ours


def as_code(typed: str) -> str:
    """A code as it is kept, however it was typed: spaces and dashes, capitals and Arabic digits are the same to it."""
    return re.sub(r"[^0-9a-z]", "", western_digits(clean(typed)).lower())[:LONGEST_CODE]


def certificate_of(typed: str) -> Certificate | None:
    """The certificate that was issued with a code, in one select whatever was typed; None for any other code."""
    to_edition = (Worksite.agreement, Agreement.project, Project.call, Call.edition)
    way = joinedload(Certificate.contract).joinedload(Contract.worksite)
    for relation in to_edition:
        way = way.joinedload(relation)
    was_issued = Certificate.state != s.CertificateState.eligible
    asked = select(Certificate).where(Certificate.code == as_code(typed), was_issued)
    return db.session.scalar(asked.options(way, selectinload(Certificate.skills)))
