"""Schemas, their compatibility, AsyncAPI documents, and the page about them."""
