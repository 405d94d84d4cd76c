"""critical, but perhaps a false alarm"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("verdict", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("doubtful", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.execute("UPDATE review SET urgency = 4 WHERE urgency = 3")


def downgrade() -> None:
    op.execute("UPDATE review SET urgency = 3 WHERE urgency = 4")
    with op.batch_alter_table("verdict", schema=None) as batch_op:
        batch_op.drop_column("doubtful")
