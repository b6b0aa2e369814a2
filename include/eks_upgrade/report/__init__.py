"""The report of a run: one record, rendered as Markdown and as self-contained HTML."""
