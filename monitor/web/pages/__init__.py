"""One file a page; each function is named in ``monitor/web/routes.py``."""
