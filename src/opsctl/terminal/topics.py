"""The table of topics that have a meaning in the terminal alone."""

from opsctl.core.topic import Topic

OWN_TOPICS: tuple[Topic, ...] = (
    Topic("output", "Text, JSON lines and CSV; what goes where.", "opsctl.terminal.output_page:page"),
    Topic("schema", "The JSON Schema of the output, as JSON.", "opsctl.terminal.output_schema:page"),
)
