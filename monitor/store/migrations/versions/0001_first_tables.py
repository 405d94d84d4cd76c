"""first tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import monitor.store.types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("at", monitor.store.types.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempt_who_at"), ["who", "at"], unique=False)

    op.create_table(
        "customer_day",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brand", sa.String(length=80), nullable=False),
        sa.Column("location", sa.String(length=255), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_day")),
        sa.UniqueConstraint(
            "brand", "location", "day", name=op.f("uq_customer_day_brand_location_day")
        ),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("brand", sa.String(length=80), nullable=False),
        sa.Column("recipient", sa.String(length=255), nullable=False),
        sa.Column("period", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column(
            "images", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("due_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("claimed_until", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("made_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("sent_at", monitor.store.types.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "kind",
            "brand",
            "recipient",
            "period",
            name=op.f("uq_message_kind_brand_recipient_period"),
        ),
        sa.UniqueConstraint("message_id", name=op.f("uq_message_message_id")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("ix_message_due", ["state", "due_at"], unique=False)

    op.create_table(
        "order_fact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brand", sa.String(length=80), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("customer", sa.String(length=64), nullable=True),
        sa.Column("ordered_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("promised_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("delivered_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("amount", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_fact")),
        sa.UniqueConstraint("brand", "reference", name=op.f("uq_order_fact_brand_reference")),
    )
    with op.batch_alter_table("order_fact", schema=None) as batch_op:
        batch_op.create_index("ix_order_fact_ordered", ["brand", "ordered_at"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("gets_digest", sa.Boolean(), nullable=False),
        sa.Column("gets_report", sa.Boolean(), nullable=False),
        sa.Column("made_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("last_seen_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("left_at", monitor.store.types.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    op.create_table(
        "report",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brand", sa.String(length=80), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column(
            "figures", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("rules_version", sa.String(length=64), nullable=False),
        sa.Column("templates_version", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", monitor.store.types.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("brand", "week", name=op.f("uq_report_brand_week")),
    )
    op.create_table(
        "sentinel",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "value", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("at", monitor.store.types.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sentinel")),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("brand", sa.String(length=80), nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=False),
        sa.Column("managed", sa.String(length=8), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column(
            "cursor", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("walk", sa.String(length=4), nullable=True),
        sa.Column("walk_started_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("settings_hash", sa.String(length=64), nullable=False),
        sa.Column("due_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("claimed_until", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("health", sa.String(length=8), nullable=False),
        sa.Column("fault", sa.String(length=20), nullable=True),
        sa.Column("fault_detail", sa.Text(), nullable=True),
        sa.Column("faults_in_a_row", sa.Integer(), nullable=False),
        sa.Column("failing_since", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("visited_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("succeeded_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("full_walk_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("rating", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("name", name=op.f("uq_source_name")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column(
            "values", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_audit_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_hash")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_subject"), ["subject"], unique=False)

    op.create_table(
        "crawl",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("started_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("finished_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("walk", sa.String(length=4), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("held", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "rejected", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("rejected_count", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(length=20), nullable=True),
        sa.Column("fault_detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_crawl_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crawl")),
    )
    with op.batch_alter_table("crawl", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_crawl_source_id_started_at"), ["source_id", "started_at"], unique=False
        )

    op.create_table(
        "report_note",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("made_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column(
            "figures", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_note_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_note")),
    )
    with op.batch_alter_table("report_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_note_report_id"), ["report_id"], unique=False)

    op.create_table(
        "review",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("brand", sa.String(length=80), nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("author", sa.String(length=255), nullable=True),
        sa.Column("author_id", sa.String(length=255), nullable=True),
        sa.Column("location", sa.String(length=255), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=True),
        sa.Column("invited", sa.Boolean(), nullable=True),
        sa.Column("reach", sa.Integer(), nullable=True),
        sa.Column("written_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("edited_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("seen_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("last_seen_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("missed_walks", sa.Integer(), nullable=False),
        sa.Column("removed_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("erased_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("raw", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column(
            "version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("version_count", sa.Integer(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("sentiment", sa.String(length=8), nullable=True),
        sa.Column("severity", sa.String(length=8), nullable=True),
        sa.Column(
            "topics", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("contradiction", sa.Boolean(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("answered_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("settled_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column(
            "assigned_to", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.ForeignKeyConstraint(["assigned_to"], ["person.id"], name=op.f("fk_review_assigned_to")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_review_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint(
            "source_id", "external_id", name=op.f("uq_review_source_id_external_id")
        ),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index(
            "ix_review_assigned",
            ["brand", "assigned_to", "answered_at", "settled_at", "removed_at"],
            unique=False,
            sqlite_where=sa.text("assigned_to IS NOT NULL"),
            postgresql_where=sa.text("assigned_to IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_review_located",
            ["brand", "location", "written_at"],
            unique=False,
            sqlite_where=sa.text("location IS NOT NULL"),
            postgresql_where=sa.text("location IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_review_measured",
            [
                "brand",
                "written_at",
                "sentiment",
                "source_id",
                "stars",
                "location",
                "language",
                "severity",
                "answered_at",
                "removed_at",
            ],
            unique=False,
        )
        batch_op.create_index(
            "ix_review_negative",
            ["brand", "written_at", "platform", "author_id", "author"],
            unique=False,
            sqlite_where=sa.text("sentiment = 'negative'"),
            postgresql_where=sa.text("sentiment = 'negative'"),
        )
        batch_op.create_index(
            "ix_review_open",
            [
                "brand",
                sa.text("urgency DESC"),
                "written_at",
                "sentiment",
                "source_id",
                "language",
                "location",
                "assigned_to",
                "answered_at",
                "settled_at",
                "removed_at",
            ],
            sqlite_where=sa.text(
                "answered_at IS NULL AND settled_at IS NULL AND removed_at IS NULL"
            ),
            postgresql_where=sa.text(
                "answered_at IS NULL AND settled_at IS NULL AND removed_at IS NULL"
            ),
        )

    op.create_table(
        "session",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("made_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("used_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("expires_at", monitor.store.types.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_session_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_person_id"), ["person_id"], unique=False)

    op.create_table(
        "token",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("expires_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("used_at", monitor.store.types.UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_token_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_token_token_hash")),
    )
    op.create_table(
        "version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("seen_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("edited_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("understood_by", sa.String(length=120), nullable=True),
        sa.Column("claimed_until", monitor.store.types.UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_version_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version")),
        sa.UniqueConstraint("review_id", "number", name=op.f("uq_version_review_id_number")),
    )
    with op.batch_alter_table("version", schema=None) as batch_op:
        batch_op.create_index("ix_version_understood_by", ["understood_by"], unique=False)
        batch_op.create_index(
            "ix_version_unread",
            ["id"],
            unique=False,
            sqlite_where=sa.text("understood_by IS NULL"),
            postgresql_where=sa.text("understood_by IS NULL"),
        )

    op.create_table(
        "draft",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("proposed_text", sa.Text(), nullable=False),
        sa.Column("template", sa.String(length=120), nullable=False),
        sa.Column(
            "facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("edited_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "rejected_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("made_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("changed_at", monitor.store.types.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["edited_by"], ["person.id"], name=op.f("fk_draft_edited_by")),
        sa.ForeignKeyConstraint(["rejected_by"], ["person.id"], name=op.f("fk_draft_rejected_by")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_draft_review_id")),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_draft_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_review_id"), ["review_id"], unique=False)
        batch_op.create_index(
            "uq_draft_live",
            ["review_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('proposed', 'approved')"),
            postgresql_where=sa.text("state IN ('proposed', 'approved')"),
        )

    op.create_table(
        "label",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("field", sa.String(length=16), nullable=False),
        sa.Column(
            "value", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("made_at", monitor.store.types.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_label_person_id")),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_label_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
    )
    with op.batch_alter_table("label", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_label_version_id"), ["version_id"], unique=False)

    op.create_table(
        "verdict",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("sentiment", sa.String(length=8), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column(
            "probabilities",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column(
            "topics", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column(
            "reasons", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("contradiction", sa.Boolean(), nullable=False),
        sa.Column("made_at", monitor.store.types.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_verdict_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdict")),
        sa.UniqueConstraint("version_id", "model", name=op.f("uq_verdict_version_id_model")),
    )
    op.create_table(
        "approval",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("draft_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("rules_version", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("approved_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("voided_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("void_reason", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_approval_draft_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_approval_person_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_approval_review_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["version.id"], name=op.f("fk_approval_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_draft_id"), ["draft_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_approval_review_id"), ["review_id"], unique=False)

    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("draft_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("blocks", sa.Boolean(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=True),
        sa.Column("end", sa.Integer(), nullable=True),
        sa.Column(
            "values", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_finding_draft_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_finding_draft_id"), ["draft_id"], unique=False)

    op.create_table(
        "publication",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "approval_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("claimed_until", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(length=20), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("sent_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("published_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("visible_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("external_id", sa.String(length=255), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column(
            "resolved_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approval.id"], name=op.f("fk_publication_approval_id")
        ),
        sa.ForeignKeyConstraint(
            ["resolved_by"], ["person.id"], name=op.f("fk_publication_resolved_by")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("fk_publication_review_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_publication_approval_id")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_publication_idempotency_key")),
    )
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.create_index("ix_publication_due", ["state", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_publication_review_id"), ["review_id"], unique=False)
        batch_op.create_index(
            "uq_publication_live",
            ["review_id"],
            unique=True,
            sqlite_where=sa.text("state NOT IN ('failed', 'withdrawn')"),
            postgresql_where=sa.text("state NOT IN ('failed', 'withdrawn')"),
        )

    op.create_table(
        "owner_reply",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=True),
        sa.Column("published_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("edited_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("seen_at", monitor.store.types.UtcTime(), nullable=False),
        sa.Column("shown_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column("gone_at", monitor.store.types.UtcTime(), nullable=True),
        sa.Column(
            "publication_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_owner_reply_publication_id")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("fk_owner_reply_review_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner_reply")),
        sa.UniqueConstraint("review_id", "hash", name=op.f("uq_owner_reply_review_id_hash")),
    )


def downgrade() -> None:
    op.drop_table("owner_reply")
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_publication_live",
            sqlite_where=sa.text("state NOT IN ('failed', 'withdrawn')"),
            postgresql_where=sa.text("state NOT IN ('failed', 'withdrawn')"),
        )
        batch_op.drop_index(batch_op.f("ix_publication_review_id"))
        batch_op.drop_index("ix_publication_due")

    op.drop_table("publication")
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_finding_draft_id"))

    op.drop_table("finding")
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_approval_review_id"))
        batch_op.drop_index(batch_op.f("ix_approval_draft_id"))

    op.drop_table("approval")
    op.drop_table("verdict")
    with op.batch_alter_table("label", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_label_version_id"))

    op.drop_table("label")
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_draft_live",
            sqlite_where=sa.text("state IN ('proposed', 'approved')"),
            postgresql_where=sa.text("state IN ('proposed', 'approved')"),
        )
        batch_op.drop_index(batch_op.f("ix_draft_review_id"))

    op.drop_table("draft")
    with op.batch_alter_table("version", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_version_unread",
            sqlite_where=sa.text("understood_by IS NULL"),
            postgresql_where=sa.text("understood_by IS NULL"),
        )
        batch_op.drop_index("ix_version_understood_by")

    op.drop_table("version")
    op.drop_table("token")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_person_id"))

    op.drop_table("session")
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index("ix_review_open")
        batch_op.drop_index(
            "ix_review_negative",
            sqlite_where=sa.text("sentiment = 'negative'"),
            postgresql_where=sa.text("sentiment = 'negative'"),
        )
        batch_op.drop_index("ix_review_measured")
        batch_op.drop_index(
            "ix_review_located",
            sqlite_where=sa.text("location IS NOT NULL"),
            postgresql_where=sa.text("location IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_review_assigned",
            sqlite_where=sa.text("assigned_to IS NOT NULL"),
            postgresql_where=sa.text("assigned_to IS NOT NULL"),
        )

    op.drop_table("review")
    with op.batch_alter_table("report_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_note_report_id"))

    op.drop_table("report_note")
    with op.batch_alter_table("crawl", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_crawl_source_id_started_at"))

    op.drop_table("crawl")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_subject"))

    op.drop_table("audit")
    op.drop_table("source")
    op.drop_table("sentinel")
    op.drop_table("report")
    op.drop_table("person")
    with op.batch_alter_table("order_fact", schema=None) as batch_op:
        batch_op.drop_index("ix_order_fact_ordered")

    op.drop_table("order_fact")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_due")

    op.drop_table("message")
    op.drop_table("customer_day")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempt_who_at"))

    op.drop_table("attempt")
