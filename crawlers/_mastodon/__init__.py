"""The parts of the Mastodon platform: its API, its posts, its replies."""
