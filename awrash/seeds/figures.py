"""The dated figures, communes, themes and skills that every installation begins with, each with its decree."""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from awrash.values.figure_names import Figure
from awrash.values.states import Bearer


class Seed(NamedTuple):
    """A dated figure: its value from a day on, the text that says so, and of a rate who bears it."""

    name: Figure
    since: date
    value: Decimal
    reference: str
    borne_by: Bearer | None = None

    def as_row(self) -> dict[str, Any]:
        """The fields of a `Parameter`."""
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

# since when, by which text, then the brackets: dirhams a year above which income is taxed, and the rate; CGI art. 73
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
