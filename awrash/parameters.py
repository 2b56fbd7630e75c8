"""The programme's figures, each with the day it takes effect and the text that says so.

They are seeded into the table `parameter`; the team adds a row on screen when a decree changes one.
Rates are fractions (0.0640 is 6.40 %), amounts dirhams. Marks as in `reference/programme.md`.
"""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from awrash.language import _l
from awrash.states import Bearer, BudgetKind, Word


class Figure(Word):
    """Names of the dated figures, with what they mean and their unit."""

    smig_hourly = "smig_hourly", _l("Minimum wage (SMIG), dirhams an hour")
    full_month_hours = "full_month_hours", _l("Hours of a full month")
    full_month_days = "full_month_days", _l("Days of a full month, and most days declared in a month")
    ceiling = "ceiling", _l("Ceiling of the capped contributions, dirhams a month")
    family_employer = "family_employer", _l("Family allowances, employer's rate")
    short_term_employer = "short_term_employer", _l("Short-term benefits, employer's rate")
    short_term_employee = "short_term_employee", _l("Short-term benefits, employee's rate")
    job_loss_employer = "job_loss_employer", _l("Job loss (IPE), employer's rate")
    job_loss_employee = "job_loss_employee", _l("Job loss (IPE), employee's rate")
    long_term_employer = "long_term_employer", _l("Long-term benefits, employer's rate")
    long_term_employee = "long_term_employee", _l("Long-term benefits, employee's rate")
    amo_employer = "amo_employer", _l("Compulsory health insurance (AMO), employer's rate")
    amo_employee = "amo_employee", _l("Compulsory health insurance (AMO), employee's rate")
    amo_solidarity_employer = "amo_solidarity_employer", _l("AMO solidarity, employer's rate")
    training_tax_employer = "training_tax_employer", _l("Training tax, employer's rate")
    management_fee_rate = "management_fee_rate", _l("Management fee, share of the project's value")
    shortest_months = "shortest_months", _l("Shortest duration, months")
    longest_months = "longest_months", _l("Longest duration, months")
    months_without_reason = "months_without_reason", _l("Longest duration without a written reason, months")
    adult_age = "adult_age", _l("Age of majority, years")
    cover_after_months = "cover_after_months", _l("Health cover opens after declaration, months")
    cover_after_days = "cover_after_days", _l("Health cover opens after declared days")
    cover_days_within_months = "cover_days_within_months", _l("Period in which those days count, months")
    cover_lasts_months = "cover_lasts_months", _l("Rights last after leaving, months")
    certificate_share = "certificate_share", _l("Share of planned days that earns the certificate")
    complaint_answer_days = "complaint_answer_days", _l("Days to answer a complaint")
    late_declaration_each = "late_declaration_each", _l("Penalty for a late declaration, dirhams a person")
    late_declaration_most = "late_declaration_most", _l("Penalty for a late declaration, at most, dirhams")
    smallest_published_count = "smallest_published_count", _l("Smallest count of people that is published")
    tax_expenses_limit = (
        "tax_expenses_limit",
        _l("Income tax: gross of a year with the first share of expenses, dirhams"),
    )
    tax_expenses_low = "tax_expenses_low", _l("Income tax: share of the gross as expenses, up to that gross")
    tax_expenses_high = "tax_expenses_high", _l("Income tax: share of the gross as expenses, above it")
    tax_expenses_most = "tax_expenses_most", _l("Income tax: most expenses of a year, dirhams")
    declaration_day = "declaration_day", _l("Last day of the next month to declare a month to CNSS")


# branch: is its base capped? `reference/programme.md`, "Parameters, by date"
CNSS_BRANCHES = {
    "family": False,
    "short_term": True,
    "job_loss": True,
    "long_term": True,
    "amo": False,
    "amo_solidarity": False,
    "training_tax": False,
}

# what the pay formula takes: a frozen payroll rests on these and on no other
PAY_FIGURES = {
    *(Figure.smig_hourly, Figure.full_month_hours, Figure.full_month_days, Figure.ceiling),
    *(one for one in Figure if one.endswith(("_employer", "_employee")) or one.startswith("tax_")),
}

DEFAULT_BANKS = "350"  # Al Barid Bank; the edition can accept others [D]
DEFAULT_ELIGIBLE = [BudgetKind.wages, BudgetKind.employer_contributions, BudgetKind.accident_insurance]


class Seed(NamedTuple):
    name: Figure
    since: date
    value: Decimal
    reference: str
    borne_by: Bearer | None = None

    def as_row(self) -> dict[str, Any]:
        return self._asdict()


# the minimum wage of an hour, in dirhams
SMIG = [
    (date(2019, 7, 1), "14.13", "Décret n° 2-19-424"),
    (date(2020, 7, 1), "14.81", "Décret n° 2-19-424"),
    (date(2022, 9, 1), "15.55", "Décret n° 2-22-606"),
    (date(2023, 9, 1), "16.29", "Décret n° 2-23-993"),
    (date(2025, 1, 1), "17.10", "Décret n° 2-24-1122"),
    (date(2026, 1, 1), "17.92", "Décret n° 2-25-983"),
]

# professional expenses taken off a wage before its tax: CGI art. 59
TAX_EXPENSES = [
    (Figure.tax_expenses_limit, date(2010, 1, 1), "78000", "CGI art. 59"),
    (Figure.tax_expenses_low, date(2010, 1, 1), "0.20", "CGI art. 59"),
    (Figure.tax_expenses_high, date(2010, 1, 1), "0.20", "CGI art. 59"),
    (Figure.tax_expenses_most, date(2010, 1, 1), "30000", "CGI art. 59"),
    (Figure.tax_expenses_low, date(2023, 1, 1), "0.35", "CGI art. 59, loi de finances 2023"),
    (Figure.tax_expenses_high, date(2023, 1, 1), "0.25", "CGI art. 59, loi de finances 2023"),
    (Figure.tax_expenses_most, date(2023, 1, 1), "35000", "CGI art. 59, loi de finances 2023"),
]


def _seeds() -> list[Seed]:
    article = "Source article of the programme"
    decision = "Decision of the project where the sources are silent"
    always = date(2019, 7, 1)
    cnss = "CNSS: taux de cotisation"
    rates = {
        Figure.family_employer: "0.0640",
        Figure.short_term_employer: "0.0067",
        Figure.short_term_employee: "0.0033",
        Figure.job_loss_employer: "0.0038",
        Figure.job_loss_employee: "0.0019",
        Figure.long_term_employer: "0.0793",
        Figure.long_term_employee: "0.0396",
        Figure.amo_employer: "0.0226",
        Figure.amo_employee: "0.0226",
        Figure.amo_solidarity_employer: "0.0185",
        Figure.training_tax_employer: "0.0160",
    }
    others = {
        Figure.full_month_hours: ("191", "Code du travail, art. 184"),
        Figure.full_month_days: ("26", "CNSS: jours déclarés"),
        Figure.ceiling: ("6000", "CNSS: plafond mensuel"),
        Figure.management_fee_rate: ("0.05", article),
        Figure.shortest_months: ("3", article),
        Figure.longest_months: ("12", article),
        Figure.months_without_reason: ("6", article),
        Figure.adult_age: ("18", decision),
        Figure.cover_after_months: ("3", article),
        Figure.cover_after_days: ("54", "CNSS: conditions d'ouverture des droits AMO"),
        Figure.cover_days_within_months: ("6", "CNSS: conditions d'ouverture des droits AMO"),
        Figure.cover_lasts_months: ("6", "CNSS: maintien des droits"),
        Figure.certificate_share: ("0.80", decision),
        Figure.complaint_answer_days: ("15", decision),
        Figure.late_declaration_each: ("50", "Loi 87-17, décret 2.19.718"),
        Figure.late_declaration_most: ("5000", "Loi 87-17, décret 2.19.718"),
        Figure.smallest_published_count: ("5", decision),
        Figure.declaration_day: ("10", "CNSS: date d'exigibilité"),
    }
    return [
        *(Seed(Figure.smig_hourly, since, Decimal(value), decree) for since, value, decree in SMIG),
        *(Seed(name, always, Decimal(value), text) for name, (value, text) in others.items()),
        *(Seed(name, since, Decimal(value), text) for name, since, value, text in TAX_EXPENSES),
        *(
            Seed(
                name,
                always,
                Decimal(value),
                cnss,
                Bearer.participant if name.endswith("_employee") else Bearer.state,
            )
            for name, value in rates.items()
        ),
    ]


SEEDS = _seeds()

# since, text, then what is taxed over how many dirhams a year and at which rate: CGI art. 73
TAX_SCALES = [
    (
        date(2010, 1, 1),
        "CGI art. 73",
        (("30000", "0.10"), ("50000", "0.20"), ("60000", "0.30"), ("80000", "0.34"), ("180000", "0.38")),
    ),
    (
        date(2025, 1, 1),
        "CGI art. 73, loi de finances 2025",
        (("40000", "0.10"), ("60000", "0.20"), ("80000", "0.30"), ("100000", "0.34"), ("180000", "0.37")),
    ),
]

COMMUNES = [
    ("INZ", "إنزكان", "Inezgane", False),
    ("AML", "أيت ملول", "Aït Melloul", False),
    ("DCH", "الدشيرة الجهادية", "Dcheira El Jihadia", False),
    ("LQL", "القليعة", "Lqliâa", False),
    ("OUD", "أولاد داحو", "Oulad Dahou", True),
    ("TEM", "التمسية", "Temsia", True),
]

THEMES = [
    ("infrastructure", "تأهيل البنيات التحتية", "Mise à niveau des infrastructures", "Infrastructure upgrading"),
    ("social", "التأهيل الاجتماعي والخدمات", "Services sociaux", "Social services"),
    (
        "training",
        "التكوين والتأطير وتقوية القدرات",
        "Formation et renforcement des capacités",
        "Training and capacity building",
    ),
    (
        "environment",
        "المحافظة على البيئة وتهيئة الفضاءات",
        "Environnement et espaces publics",
        "Environment and public spaces",
    ),
    ("digital", "الرقمنة والأرشيف", "Numérisation et archives", "Digitisation and archives"),
    (
        "culture",
        "التنشيط الثقافي والفني والرياضي",
        "Animation culturelle, artistique et sportive",
        "Culture, arts and sport",
    ),
]

SKILLS = [
    ("gardening", "البستنة وصيانة المساحات الخضراء", "Jardinage et entretien des espaces verts", "Gardening"),
    ("planting", "التشجير", "Reboisement et plantation", "Tree planting"),
    ("masonry", "البناء والترميم", "Maçonnerie et restauration", "Masonry and restoration"),
    ("painting", "الصباغة", "Peinture en bâtiment", "Painting"),
    ("roads", "صيانة المسالك والطرق", "Entretien des pistes et des routes", "Upkeep of tracks and roads"),
    ("archiving", "تنظيم الأرشيف ورقمنته", "Classement et numérisation d'archives", "Archiving and digitisation"),
    ("office", "الإعلاميات والمكتبيات", "Bureautique", "Office software"),
    ("teaching", "الدعم التربوي ومحاربة الأمية", "Soutien scolaire et alphabétisation", "School support and literacy"),
    ("care", "مرافقة الأشخاص المسنين", "Accompagnement des personnes âgées", "Care of the elderly"),
    ("animation", "التنشيط الثقافي والرياضي", "Animation culturelle et sportive", "Cultural and sport animation"),
    ("first_aid", "الإسعافات الأولية", "Premiers secours", "First aid"),
    ("safety", "السلامة في الورش", "Sécurité au chantier", "Safety at the worksite"),
]
