"""Stage 5: digests and reports, written into the outbox and sent from there."""
