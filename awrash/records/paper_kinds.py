"""The papers of the office, in the order of the life of a file; the name is also the template's."""

from awrash.values.language import _l
from awrash.values.states import Word


class PaperKind(Word):
    call_specifications = "call_specifications", _l("Call for projects and its specifications")
    deposit_receipt = "deposit_receipt", _l("Receipt of deposit")
    completeness_letter = "completeness_letter", _l("Letter about missing documents")
    scoring_sheet = "scoring_sheet", _l("Scoring sheet")
    convocation = "convocation", _l("Convocation of the committee")
    agenda = "agenda", _l("Agenda of the committee")
    minutes = "minutes", _l("Minutes of the committee")
    approval_letter = "approval_letter", _l("Letter of approval")
    deferral_letter = "deferral_letter", _l("Letter of deferral")
    refusal_letter = "refusal_letter", _l("Letter of refusal")
    agreement = "agreement", _l("Partnership agreement")
    opening_report = "opening_report", _l("Opening report of the worksite")
    material_receipt = "material_receipt", _l("Receipt of materials")
    visit_report = "visit_report", _l("Report of a visit")
    closing_report = "closing_report", _l("Closing report of the carrier")
    work_contract = "work_contract", _l("Work contract")
    information_sheet = "information_sheet", _l("Information sheet of the participant")
    cover_certificate = "cover_certificate", _l("Certificate of cover dates")
    certificate = "certificate", _l("Certificate of skills")
    blank_sheet = "blank_sheet", _l("Attendance sheet to fill")
    filled_sheet = "filled_sheet", _l("Attendance sheet as filled")
    payroll_statement = "payroll_statement", _l("Payroll statement")
    pay_slip = "pay_slip", _l("Pay slip")
    transfer_list = "transfer_list", _l("List of transfers")
    payments_rejected = "payments_rejected", _l("Transfers rejected")
    complaint_receipt = "complaint_receipt", _l("Receipt of a complaint")
    complaint_answer = "complaint_answer", _l("Answer to a complaint")
    governor_page = "governor_page", _l("Monthly page for the governor")
