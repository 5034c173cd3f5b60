"""Runs the migrations inside the application, on the database its settings name.

SQLite: a batch change rebuilds the table; with foreign keys enforced, dropping the old one would delete
its children. So enforcement is off while migrating, and every key is checked before the commit.
"""

from alembic import context
from flask import current_app

from lms.db import compared, db

engine = db.engine


def migrate(connection):
    sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        compare_type=True,
        include_name=compared,
        transaction_per_migration=False,
        **current_app.extensions["migrate"].configure_args.get("extra", {}),
    )
    with context.begin_transaction():
        context.run_migrations()
        if sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"the migration would leave rows without their parents: {broken[:5]}")


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            driver = connection.connection.dbapi_connection
            driver.execute("PRAGMA foreign_keys=OFF")
        try:
            migrate(connection)
        finally:
            if connection.dialect.name == "sqlite":
                connection.rollback()
                driver.execute("PRAGMA foreign_keys=ON")
