"""Papers of a participant: contract, information, cover, certificate."""

from datetime import date
from typing import Any

from awrash.papers import requirements
from awrash.papers.document import CouncilInFull, Document
from awrash.papers.fields import TableRows, Told, some
from awrash.papers.selection import council_of
from awrash.records.dated_figures import Parameter
from awrash.records.letterheads import HeadKind, Letterhead, Quality
from awrash.records.paper_kinds import PaperKind
from awrash.values.figure_names import Figure
from awrash.values.language import _l, language

FULL_MONTH = "full_month_days"
READ_AND_APPROVED = _l("The person employed (read and approved)")
RECEIVED = _l("The person employed (a copy received)")
NOT_REACHED = _l("not reached with the days declared so far")
NOT_ENDED = _l("not counted: no contract has ended, or one still runs")


def _council(certificate: Any, _on: date) -> CouncilInFull:
    return council_of(certificate.contract.worksite.agreement.project.call.edition)


def figure(name: Figure) -> Told:
    """A whole figure of the programme, as it is on the contract's first day."""
    return Told(name.value, lambda contract, on: int(Parameter.on(name, contract.starts_on)))


def office_lines(_record: Any, on: date) -> list[str]:
    """Where the office is reached: the foot of its letterhead, when it has one."""
    head = Letterhead.on(HeadKind.prefecture, on)
    return some(getattr(head, f"foot_{language()}", None))


def cover_of(person: Any, on: date) -> dict[str, Any]:
    """Days declared month by month, and the two dates that they open health cover on."""
    declared = person.declared_days()
    since = next(iter(declared), on)
    return {
        "by_months": person.cover_by_months or NOT_REACHED,
        "by_days": person.cover_by_days or NOT_REACHED,
        "opened": some(person.cover_opened_on),
        "ends": person.cover_ends_on or NOT_ENDED,
        "days": sum(declared.values()),
        "lines": [{"month": month, "days": days} for month, days in declared.items()],
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
        "أيام الشهر الكامل": FULL_MONTH,
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
        "jours du mois complet": FULL_MONTH,
    },
}
FIGURES_TOLD = (
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
    Told("last_day", lambda contract, on: contract.planned_ends_on or contract.ends_on),
    figure(Figure.full_month_days),
)

PAPERS = (
    Document(
        PaperKind.work_contract,
        "contract",
        "{record.number}",
        (
            *CONTRACT_FACTS,
            *("participant.born_on", "participant.commune.name", "worksite.agreement.carrier.registration_number"),
            Told("presidents", lambda contract, on: some(contract.worksite.agreement.carrier.president)),
            Told("carrier_addresses", lambda contract, on: some(contract.worksite.agreement.carrier.address)),
            Told("affiliations", lambda contract, on: some(contract.worksite.agreement.carrier.cnss_affiliation)),
            Told("addresses", lambda contract, on: some(contract.participant.address)),
            Told("cnss_numbers", lambda contract, on: some(contract.participant.cnss_number)),
        ),
        languages=("ar", "fr"),
        signed=(
            (_l("The carrier"), "worksite.agreement.carrier.president", ""),
            (READ_AND_APPROVED, "participant", ""),
            (_l("Visa of ANAPEC"), "", ""),
        ),
        needs=(requirements.UnderSignedAgreement("worksite.agreement"),),
        words=CONTRACT_WORDS,
    ),
    Document(
        PaperKind.information_sheet,
        "contract",
        "{record.number}",
        (*CONTRACT_FACTS, *(figure(one) for one in FIGURES_TOLD), Told("contacts", office_lines)),
        languages=("ar", "fr"),
        signed=((RECEIVED, "participant", ""),),
        words=INFORMATION_WORDS,
    ),
    Document(
        PaperKind.cover_certificate,
        "participant",
        "TS-",
        (
            *("cnie", "born_on"),
            Told("name", lambda person, on: person),
            Told("cnss_numbers", lambda person, on: some(person.cnss_number)),
            Told("cover", cover_of),
        ),
        languages=("ar", "fr"),
        signed=(Quality.head_of_unit,),
        needs=(requirements.DaysDeclared(),),
    ),
    Document(
        PaperKind.certificate,
        "certificate",
        "{record.serial}",
        (
            *("name_ar", "name_fr", "contract.participant.cnie", "contract.worksite.name_ar"),
            *("contract.worksite.name_fr", "contract.worksite.agreement.carrier.name_ar"),
            *("contract.worksite.agreement.carrier.name_fr", "contract.starts_on", "contract.starts_on|short"),
            *("contract.ends_on", "contract.ends_on|short", "days_worked"),
            Told("council", _council),
            Told("in_place_of", lambda certificate, on: some(certificate.replaces and certificate.replaces.serial)),
            TableRows("skills", ("name_ar", "name_fr")),
        ),
        head=HeadKind.council,
        signed=(Quality.council_president,),
        needs=(requirements.CertificateStands(),),
        proves="code",
    ),
)
