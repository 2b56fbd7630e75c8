"""Papers issued, letterheads and signatories by period, the office's own texts, long work

Revision ID: 0010
Revises: 0009
Create Date: 2026-11-25 22:20:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def words(name, *known):
    return sa.Enum(*known, name=name, native_enum=False, create_constraint=True, length=30)


def record(table, *columns, **keys):
    """A table with the number and the version of every record, its foreign keys and its indexes."""
    op.create_table(
        table,
        *columns,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, target in keys.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    for column in keys:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade():
    record(
        "letterhead",
        sa.Column("kind", words("head_kind", "prefecture", "council"), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("lines_ar", "lines_fr")),
        *(sa.Column(name, sa.String(length=160), nullable=False) for name in ("city_ar", "city_fr")),
        *(sa.Column(name, sa.String(length=160), nullable=True) for name in ("foot_ar", "foot_fr")),
        sa.Column("site", sa.String(length=160), nullable=True),
        sa.UniqueConstraint("kind", "since", name=op.f("uq_letterhead_kind_since")),
    )
    qualities = ("governor", "general_secretary", "council_president", "head_of_unit")
    record(
        "signatory",
        sa.Column("quality", words("quality", *qualities), nullable=False),
        *(sa.Column(name, sa.String(length=160), nullable=False) for name in ("name_ar", "name_fr")),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
    )
    record(
        "wording",
        sa.Column("document", sa.String(length=30), nullable=False),
        sa.Column("language", words("paper_language", "ar", "fr"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=160), nullable=True),
        sa.Column("state", words("wording_state", "draft", "in_use", "replaced"), nullable=False),
        sa.UniqueConstraint("document", "language", "number", name=op.f("uq_wording_document_language_number")),
    )
    op.create_index(op.f("ix_wording_state"), "wording", ["state"])
    one_of("uq_wording_one_in_use", "wording", ["document", "language"], "state = 'in_use'")
    record(
        "article",
        sa.Column("wording_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        wording_id="wording",
    )
    issued_papers()
    record(
        "work",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=160), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("total", "done")),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("refused", "made")),
        sa.Column("file_name", sa.String(length=160), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", words("work_state", "waiting", "running", "done", "failed"), nullable=False),
        asked_by_id="user",
    )
    op.create_index(op.f("ix_work_state"), "work", ["state"])
    replaced = sa.Column("replaces_id", sa.Integer(), sa.ForeignKey("certificate.id"), nullable=True)
    op.add_column("certificate", replaced, inline_references=True)
    op.create_index(op.f("ix_certificate_replaces_id"), "certificate", ["replaces_id"])


def issued_papers():
    record(
        "issued_paper",
        sa.Column("document", sa.String(length=30), nullable=False),
        sa.Column("language", words("paper_language", "ar", "fr"), nullable=False),
        sa.Column("record", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=160), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("wording_id", sa.Integer(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", words("issued_state", "issued", "replaced"), nullable=False),
        sa.Column("search_text", sa.String(length=600), nullable=True),
        sa.UniqueConstraint(
            *("document", "language", "number", "revision"),
            name=op.f("uq_issued_paper_document_language_number_revision"),
        ),
        replaces_id="issued_paper",
        wording_id="wording",
        issued_by_id="user",
    )
    op.create_index("ix_issued_paper_of_record", "issued_paper", ["record", "record_id"])
    for name in ("sha256", "state"):
        op.create_index(op.f(f"ix_issued_paper_{name}"), "issued_paper", [name])
    one_of("uq_issued_paper_one_standing", "issued_paper", STANDING, "state = 'issued'")


STANDING = ["document", "language", "record", "record_id"]


def one_of(name, table, columns, where):
    op.create_index(
        name, table, columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )


def downgrade():
    op.drop_index(op.f("ix_certificate_replaces_id"), "certificate")
    with op.batch_alter_table("certificate") as batch:
        batch.drop_column("replaces_id")
    for table in ("work", "issued_paper", "article", "wording", "signatory", "letterhead"):
        op.drop_table(table)
