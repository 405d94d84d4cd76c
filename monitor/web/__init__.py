"""The pages: server-rendered, one file a page, one route table."""
