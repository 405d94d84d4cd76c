"""Trustpilot's two faces: its public pages and its Business API."""
