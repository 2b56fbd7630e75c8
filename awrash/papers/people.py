"""Papers of a participant: contract, information, cover, certificate."""

from datetime import date
from typing import Any

from awrash.models import Certificate, Participant
from awrash.papers import requirements
from awrash.papers.agreements import CouncilInFull, council_of
from awrash.papers.fields import Derived, TableRows, optional_fact, zero_or_one
from awrash.papers.paper import Paper, Signer
from awrash.records.dated_figures import Parameter
from awrash.records.letterheads import HeadKind, Letterhead, Quality
from awrash.reports.health_cover import cover_of
from awrash.values.figure_names import Figure
from awrash.values.language import _l, language

READ_AND_APPROVED = _l("The person employed (read and approved)")
RECEIVED = _l("The person employed (a copy received)")
NOT_REACHED = _l("not reached with the days declared so far")
NOT_KEPT = _l("day not recorded")
NOT_ENDED = _l("not counted: no contract has ended, or one still runs")


def _council(certificate: Certificate, _on: date) -> CouncilInFull:
    return council_of(certificate.contract.worksite.agreement.project.call.edition)


def _figure(name: Figure) -> Derived:
    """A whole figure of the programme, as it is on the contract's first day."""
    return Derived(name.value, lambda contract, on: int(Parameter.on(name, contract.starts_on)))


def _office_lines(_record: Any, on: date) -> list[str]:
    """Where the office is reached: the foot of its letterhead, when it has one."""
    head = Letterhead.on(HeadKind.prefecture, on)
    return zero_or_one(getattr(head, f"foot_{language()}", None))


def _cover(participant: Participant, on: date) -> dict[str, Any]:
    """Days declared month by month and when, and the two dates that they open health cover on."""
    cover = cover_of(participant, on)
    declared, since = cover.declared, cover.declared_on or on
    return {
        "by_months": cover.by_months or NOT_REACHED,
        "by_days": cover.by_days or NOT_REACHED,
        "declared_on": cover.declared_on or NOT_KEPT,
        "opened": zero_or_one(participant.cover_opened_on),
        "ends": participant.cover_ends_on or NOT_ENDED,
        "days": sum(line.days for line in declared.values()),
        "lines": [
            {"month": month, "days": line.days, "declared_on": line.declared_on or NOT_KEPT}
            for month, line in declared.items()
        ],
        "after_months": int(Parameter.on(Figure.cover_after_months, since)),
        "after_days": int(Parameter.on(Figure.cover_after_days, since)),
        "within_months": int(Parameter.on(Figure.cover_days_within_months, since)),
    }


CONTRACT_WORDS = {
    "ar": {
        "رقم العقد": "number",
        "اسم الهيئة": "worksite.agreement.carrier.name",
        "اسم المستفيد": "participant",
        "المهمة": "job",
        "اسم الورش": "worksite.name",
        "رمز الورش": "worksite.code",
        "الجماعة": "worksite.commune.name",
        "رقم الاتفاقية": "worksite.agreement.number",
        "تاريخ البداية": "starts_on",
        "تاريخ النهاية": "last_day",
        "الأجر الشهري": "monthly_wage",
        "الأجر الشهري بالحروف": "monthly_wage|words",
        "أيام الشهر الكامل": Figure.full_month_days.value,
    },
    "fr": {
        "numéro du contrat": "number",
        "organisme": "worksite.agreement.carrier.name",
        "bénéficiaire": "participant",
        "poste": "job",
        "chantier": "worksite.name",
        "code du chantier": "worksite.code",
        "commune": "worksite.commune.name",
        "numéro de la convention": "worksite.agreement.number",
        "premier jour": "starts_on",
        "dernier jour": "last_day",
        "salaire mensuel": "monthly_wage",
        "salaire mensuel en lettres": "monthly_wage|words",
        "jours du mois complet": Figure.full_month_days.value,
    },
}
INFORMATION_FIGURES = (
    *(Figure.declaration_day, Figure.complaint_answer_days, Figure.cover_after_months, Figure.cover_after_days),
    *(Figure.cover_days_within_months, Figure.cover_lasts_months),
)
INFORMATION_WORDS = {
    "ar": CONTRACT_WORDS["ar"]
    | {
        "آخر يوم للتصريح": Figure.declaration_day.value,
        "أيام الجواب عن الشكاية": Figure.complaint_answer_days.value,
        "أشهر التغطية": Figure.cover_after_months.value,
        "أيام التغطية": Figure.cover_after_days.value,
        "فترة احتساب أيام التغطية": Figure.cover_days_within_months.value,
        "أشهر التغطية بعد المغادرة": Figure.cover_lasts_months.value,
    },
    "fr": CONTRACT_WORDS["fr"]
    | {
        "dernier jour de déclaration": Figure.declaration_day.value,
        "jours pour répondre": Figure.complaint_answer_days.value,
        "mois de couverture": Figure.cover_after_months.value,
        "jours de couverture": Figure.cover_after_days.value,
        "période des jours de couverture": Figure.cover_days_within_months.value,
        "mois après le départ": Figure.cover_lasts_months.value,
    },
}
CONTRACT_FACTS = (
    *("number", "participant", "participant.cnie", "job", "starts_on", "monthly_wage", "monthly_wage|words"),
    *("worksite.name", "worksite.code", "worksite.commune.name", "worksite.agreement.number"),
    "worksite.agreement.carrier.name",
    Derived("last_day", lambda contract, on: contract.planned_ends_on or contract.ends_on),
    _figure(Figure.full_month_days),
)

PAPERS = (
    Paper(
        name="work_contract",
        label=_l("Work contract"),
        record="contract",
        number="{record.number}",
        facts=(
            *CONTRACT_FACTS,
            *("participant.born_on", "participant.commune.name", "worksite.agreement.carrier.registration_number"),
            optional_fact("presidents", "worksite.agreement.carrier.president"),
            optional_fact("carrier_addresses", "worksite.agreement.carrier.address"),
            optional_fact("affiliations", "worksite.agreement.carrier.cnss_affiliation"),
            optional_fact("addresses", "participant.address"),
            optional_fact("cnss_numbers", "participant.cnss_number"),
        ),
        languages=("ar", "fr"),
        signers=(
            Signer(_l("The carrier"), "worksite.agreement.carrier.president"),
            Signer(READ_AND_APPROVED, "participant"),
            Signer(_l("Visa of ANAPEC")),
        ),
        requirements=(requirements.UnderSignedAgreement("worksite.agreement"),),
        words=CONTRACT_WORDS,
    ),
    Paper(
        name="information_sheet",
        label=_l("Information sheet of the participant"),
        record="contract",
        number="{record.number}",
        facts=(*CONTRACT_FACTS, *(_figure(name) for name in INFORMATION_FIGURES), Derived("contacts", _office_lines)),
        languages=("ar", "fr"),
        signers=(Signer(RECEIVED, "participant"),),
        words=INFORMATION_WORDS,
    ),
    Paper(
        name="cover_certificate",
        label=_l("Certificate of cover dates"),
        record="participant",
        number="TS-",
        facts=(
            *("cnie", "born_on"),
            Derived("name", lambda participant, on: participant),
            optional_fact("cnss_numbers", "cnss_number"),
            Derived("cover", _cover),
        ),
        languages=("ar", "fr"),
        signers=(Quality.head_of_unit,),
        requirements=(requirements.DaysDeclared(),),
    ),
    Paper(
        name="certificate",
        label=_l("Certificate of skills"),
        record="certificate",
        number="{record.serial}",
        facts=(
            *("name_ar", "name_fr", "contract.participant.cnie", "contract.worksite.name_ar"),
            *("contract.worksite.name_fr", "contract.worksite.agreement.carrier.name_ar"),
            *("contract.worksite.agreement.carrier.name_fr", "contract.starts_on", "contract.starts_on|short"),
            *("contract.ends_on", "contract.ends_on|short", "days_worked"),
            Derived("council", _council),
            optional_fact("in_place_of", "replaces.serial"),
            TableRows("skills", ("name_ar", "name_fr")),
        ),
        head=HeadKind.council,
        signers=(Quality.council_president,),
        requirements=(requirements.CertificateStands(), requirements.DayHasCome("contract.ends_on")),
        code="code",
    ),
)
