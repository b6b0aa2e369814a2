"""Links to this project's documentation in the form and in the words of the DAGs."""

from eks_upgrade_airflow.run.addresses import docs_place


def docs_page(page: str, anchor: str = "") -> str:
    """Address of a page of `docs/`, named without its ending, at one of its headings.

    Where the api-server shows it, a path: a DAG stays the same under whatever name it is reached.
    """
    found = f"{docs_place()}/{page}.md"
    return f"{found}#{anchor}" if anchor else found


def link(text: str, page: str, anchor: str = "") -> str:
    """A link to it in Markdown."""
    return f"[{text}]({docs_page(page, anchor)})"
