"""The rows: tables, the engine that opens them, migrations, and the one way to claim work."""
