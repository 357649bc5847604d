"""The table of topics that help tells about on every surface. A new one is one file and one row here."""

from opsctl.core.topic import Topic

TOPICS: tuple[Topic, ...] = (
    Topic("approvals", "Who has to agree to what, and when a yes counts.", "opsctl.topics.approvals:page"),
    Topic("environment", "The environment variables that count.", "opsctl.topics.environment:page"),
    Topic("exit-codes", "What a script can tell from the exit code.", "opsctl.topics.exit_codes:page"),
    Topic("times", "How times and spans are written.", "opsctl.topics.times:page"),
)
