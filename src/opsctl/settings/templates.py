"""The files that `opsctl init` writes: they work as they are, and their comments say how to go on.

Whoever reads them should need no manual for the first changes.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answers:
    """What `init` asks. `handle` is with its "@"; the last of `environments` is the protected one."""

    site: str
    handle: str
    uid: int
    team: str
    service: str
    environments: tuple[str, ...] = ("development", "staging", "production")


def opsctl_toml(site: str, *, store: str = "opsctl.db") -> str:
    """The text of a settings file; `store` may be relative to its folder."""
    return _LOCAL.format(site=_quoted(site), store=_quoted(store))


def site_toml(answers: Answers, *, ports: str = "24000-24099") -> str:
    """The text of a site file with one person, who leads one team, which owns one service."""
    protected = answers.environments[-1]
    return _SITE.format(
        site=_quoted(answers.site),
        environments="\n".join(_environment(name, is_protected=name == protected) for name in answers.environments),
        handle=_quoted(answers.handle),
        uid=answers.uid,
        team=answers.team,
        quoted_team=_quoted(answers.team),
        service=answers.service,
        where=_list(answers.environments),
        first=answers.environments[0],
        ports=_quoted(ports),
        protected=protected,
        quoted_protected=_quoted(protected),
    )


def _environment(name: str, *, is_protected: bool) -> str:
    if not is_protected:
        return f"[environments.{name}]\n"
    return f"[environments.{name}]\nprotected = true            # asks before it changes; deploys need an approval\n"


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's, but for DEL, which JSON leaves as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


_LOCAL = """\
# opsctl's settings on this machine: which site, which store, personal taste.
# Who may do what is not written here. It is in the site file, and counts when that is published.
# Every value can also come from the environment: OPSCTL_SITE, OPSCTL_STORE_PATH, OPSCTL_COLOUR …
# `opsctl config check` tells what is wrong here, `opsctl config show` what counts and where it comes from.

site = {site}

# colour = "auto"             # auto, always or never
# output = "text"             # text or json

[store]
path = {store}          # the SQLite file; relative to the folder of this file
# url = "postgresql://opsctl@db.example.com/opsctl?sslmode=verify-full"    # instead of path: a database, see docs
# id = ""                     # the store's id; with it, another store at that path is refused

# [runtime]
# folder = "local"            # what local processes need; by default the folder `local` beside the store

# [relay]
# listen = "127.0.0.1:8719"   # HOST:PORT, or unix:PATH
# url = "https://ops.example.com"    # where people's browsers reach it; by default where it listens
# grace_seconds = 30          # how long a relay that stops lets running operations go on

# [chat]
# kind = "slack"              # where the team talks; by default the room, which needs no account

# [slack]                     # its token: opsctl secrets set slack-token
# url = "https://slack.com/api/"
# receive = "socket"          # how the relay hears it: socket needs no public address, http does
# command = "/ops"            # the slash command that takes every line
# prefix = "ops-"             # before the name of each short slash command; by default none
"""

_SITE = """\
# What this site runs, who its people are and what they may do.
# Nothing here counts before it is published:  opsctl site publish site.toml
# What publishing would change:                opsctl site diff site.toml
# Whether it is right, and every mistake:      opsctl config check
# Once published, try it as it is:             opsctl deploy {service} v1 {first}

id = {site}
channel = "#ops"              # where changes are announced
# timezone = "Europe/Berlin"  # the day of an incident and the hour of its postmortem; by default UTC
# on_call = {quoted_team}         # the team that is paged for an incident of no one service

# Where services run.

{environments}
# channel = "#deployments"    # below an environment: where its changes are announced instead

# Who may ask for changes. `uid` is the operating system's user: `id -u`.

[people.{handle}]
uid = {uid}
# roles = ["dba"]             # roles for the whole site; by default a dba may approve migrations

# slack = "U012AB3CD"         # their Slack account, where Slack is the chat: see [slack] below

# [people.bob]
# uid = 1001

# [slack]
# team = "T012AB3CD"          # the workspace whose accounts these are
# groups = {{ S012AB3CD = "dba" }}     # the role that members of a user group hold

# Whose services they are. Leads approve what the rules ask approvals for, but never their own requests:
# add a second lead before you deploy to {protected}.

[teams.{team}]
members = [{handle}]
leads = [{handle}]

# What is deployed.

[services.{service}]
team = {quoted_team}
environments = {where}
# aliases = ["shorter-name"]
# dashboard = "https://grafana.example/d/{service}"
# migrate = ["alembic", "upgrade", "head"]

# How it is run. The two settings below run a small service that opsctl brings, until you have your own here: then
# take them away, and make a folder for each version, such as versions/{service}/v1 beside this file, with an
# executable `run` in it. That has to listen on 127.0.0.1 at the port in $PORT, and to answer /healthz with 200 once
# it is ready.

[services.{service}.deployer]
kind = "local"                # real processes on this machine
ports = {ports}         # each replica gets one of its own
known_versions = ["v1", "v2"]
command = ["{{python}}", "-m", "opsctl.playground.service"]
# versions = "versions/{service}"
# health = "/healthz"

# [services.{service}.deployers.{protected}]
# replicas = 2                # what differs in one environment

# What the team is told. Changes always; questions such as `status` and `logs` where you want it.

# [announce]
# reads = true

# The approval matrix. Without rules of your own, the default applies: in a protected environment a deploy and
# fewer replicas need one lead, a migration two people who are lead or dba. Rules here replace all of it, and what no
# rule matches is refused. The first that matches decides.

# [[rules]]
# command = "deploy"          # or * for any change
# environment = {quoted_protected}   # or protected, or *
# approvals = 1
# roles = ["lead"]

# Commands of your own, beside the built-in ones: typed, helped with, approved and recorded like them. What is typed is
# filled into the words of `run` and can't become anything else there; no shell is involved.

# [commands.flush-cache]
# help = "Empty the cache of a service."
# effect = "change"           # or read: needs no rule, and shows what the program writes
# run = ["redis-cli", "-h", "{{service}}.{{environment}}.example", "{{database}}", "flushdb"]
# limit = "2m"                # how long it may take

# [commands.flush-cache.arguments]
# service = {{ kind = "service" }}   # or environment, version, person, text, integer, choice, span
# environment = {{ kind = "environment" }}

# [commands.flush-cache.options.database]
# kind = "integer"
# least = 0
# words = ["-n", "{{database}}"]     # what stands in `run` where it is given; nothing where it is not

# [[commands.flush-cache.rules]]
# environment = "protected"
# approvals = 1
# roles = ["lead"]

# [[commands.flush-cache.rules]]     # anywhere else: no approval
"""
