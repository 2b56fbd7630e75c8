"""The programme's figures, each with the day it takes effect and the text that says so.

They are seeded into the table `parameter`; the team adds a row on screen when a decree changes one.
Rates are fractions (0.0640 is 6.40 %), amounts dirhams. Marks as in docs/programme.md, "Marks".
"""

from awrash.values.language import _l
from awrash.values.states import BudgetKind, Word


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


# By branch, whether its base is capped: docs/programme.md, "Contribution rates"
CNSS_BRANCHES = {
    "family": False,
    "short_term": True,
    "job_loss": True,
    "long_term": True,
    "amo": False,
    "amo_solidarity": False,
    "training_tax": False,
}

# The figures that the pay formula takes: a frozen payroll rests on these and on no other.
PAY_FIGURES = {
    *(Figure.smig_hourly, Figure.full_month_hours, Figure.full_month_days, Figure.ceiling),
    *(name for name in Figure if name.endswith(("_employer", "_employee")) or name.startswith("tax_")),
}

DEFAULT_BANKS = "350"  # Al Barid Bank; the edition can accept others [D]: docs/programme.md, "Bank account"
DEFAULT_QUORUM = 3  # members present; the edition says another number [D]: docs/programme.md, "Committee approval"
DEFAULT_ELIGIBLE = [BudgetKind.wages, BudgetKind.employer_contributions, BudgetKind.accident_insurance]
