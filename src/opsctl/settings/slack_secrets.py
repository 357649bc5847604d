"""The names of the secrets that speaking with Slack takes, and how those begin that Slack marks."""

TOKEN = "slack-token"  # noqa: S105 (the name of a secret)
SOCKET_TOKEN = "slack-app-token"  # noqa: S105
SIGNING_SECRET = "slack-signing-secret"  # noqa: S105

BEGINS = {TOKEN: "xoxb-", SOCKET_TOKEN: "xapp-", SIGNING_SECRET: ""}
"""https://docs.slack.dev/authentication/tokens"""
