"""Verification of a certificate: what anybody who holds its code may read, as the paper that was issued says it."""

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import force_locale
from sqlalchemy import and_, select

from awrash.database.session import db
from awrash.models import Certificate
from awrash.papers import catalogue
from awrash.papers.agreements import CouncilInFull
from awrash.records.issued_papers import IssuedPaper, IssuedState
from awrash.values.states import CertificateState
from awrash.values.text import clean, trim_query, western_digits

LONGEST_CODE = 80  # characters kept of what was typed: no code of ours is longer
PAPER = catalogue.PAPERS["certificate"]
LANGUAGE = "ar"  # of the certificate, which has its French beside it


@dataclass(frozen=True)
class Verification:
    """A certificate, the day of its paper, and the facts that it prints (`papers/people.py` names them)."""

    certificate: Certificate
    issued_on: date
    printed: dict[str, Any]

    @property
    def issuer(self) -> CouncilInFull | None:
        """The council that the paper names; None when the councils are named otherwise now: the printed name holds."""
        name = clean(self.printed["council"])  # papers issued before 2026-11-26 lost their marks of direction
        with force_locale(LANGUAGE):
            return next((council for council in CouncilInFull if str(council.label) == name), None)


def normalized_code(typed: str) -> str:
    """A code as records keep it, typed in capitals or not, with spaces or dashes, in European or Arabic digits."""
    return re.sub(r"[^0-9a-z]", "", western_digits(clean(trim_query(typed))).lower())[:LONGEST_CODE]


def verification_of(typed: str) -> Verification | None:
    """The certificate of a code, in one query whatever was typed; None for a code that no certificate has.

    What changed in the records since its paper was issued changes nothing here: paper and page say the same. Before
    the paper is issued the page says what it would print.
    """
    paper = and_(
        *(IssuedPaper.record == Certificate.__tablename__, IssuedPaper.record_id == Certificate.id),
        *(IssuedPaper.document == PAPER.kind, IssuedPaper.language == LANGUAGE),
        IssuedPaper.state == IssuedState.issued,
    )
    was_issued = Certificate.state != CertificateState.eligible
    query = select(Certificate, IssuedPaper.told, IssuedPaper.issued_on).outerjoin(IssuedPaper, paper)
    row = db.session.execute(query.where(Certificate.code == normalized_code(typed), was_issued)).first()
    if row is None:
        return None
    certificate, printed, issued_on = row
    if printed is None:
        issued_on = certificate.issued_on
        return Verification(certificate, issued_on, catalogue.facts_of(PAPER, certificate, LANGUAGE, issued_on))
    return Verification(certificate, issued_on, json.loads(printed))
