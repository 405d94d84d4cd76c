"""response time is read with what was settled"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME = "ix_review_measured"
COLUMNS = (
    *("brand", "written_at", "sentiment", "source_id", "stars", "location", "language"),
    *("severity", "answered_at", "removed_at"),
)


def upgrade() -> None:
    op.drop_index(NAME, table_name="review")
    op.create_index(NAME, "review", [*COLUMNS, "settled_at"])


def downgrade() -> None:
    op.drop_index(NAME, table_name="review")
    op.create_index(NAME, "review", [*COLUMNS])
