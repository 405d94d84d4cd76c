"""The ways to each platform. Knows HTTP and HTML, nothing of our database."""
