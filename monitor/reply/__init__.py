"""Replies: drafted from templates, checked, approved by a person, published once."""
