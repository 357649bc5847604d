"""The status page for people: one document that needs no script and nothing beside it."""

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime
from html import escape

from opsctl.adapters.status_pages.embedded.api import DESCRIPTIONS
from opsctl.core.incident_time import zone_of
from opsctl.core.public import Component, ComponentStatus, Impact, PublicIncident, PublicPage

_STATES = {
    ComponentStatus.OPERATIONAL: "Operational",
    ComponentStatus.DEGRADED: "Degraded performance",
    ComponentStatus.PARTIAL_OUTAGE: "Partial outage",
    ComponentStatus.MAJOR_OUTAGE: "Major outage",
}
_SIGNS = {
    ComponentStatus.OPERATIONAL: "●",
    ComponentStatus.DEGRADED: "◐",
    ComponentStatus.PARTIAL_OUTAGE: "◑",
    ComponentStatus.MAJOR_OUTAGE: "○",
}

_STYLE = """
:root { color-scheme: light dark; --good: #1a6b35; --bad: #a8201a; --quiet: #57606a; --line: #d0d7de;
  --back: #ffffff; --ink: #1f2328; }
@media (prefers-color-scheme: dark) {
  :root { --good: #57d17f; --bad: #ff8f87; --quiet: #9aa4af; --line: #3d444d; --back: #0d1117; --ink: #e6edf3; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 46rem; padding: 1.5rem 1rem 4rem; background: var(--back); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.2rem; margin-top: 2.5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
.whole { border: 1px solid var(--line); border-left: .5rem solid var(--good); border-radius: .25rem;
  padding: .75rem 1rem; font-weight: 600; }
.whole.bad { border-left-color: var(--bad); }
ul, ol { list-style: none; margin: 0; padding: 0; }
.components li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding: .5rem 0;
  border-bottom: 1px solid var(--line); }
.good { color: var(--good); }
.bad { color: var(--bad); }
.whole.bad { color: inherit; }
.quiet, time { color: var(--quiet); }
.told { white-space: pre-line; margin: 0; }
.updates li { margin: .75rem 0 .75rem 1rem; }
footer { margin-top: 3rem; color: var(--quiet); }
a { color: inherit; }
"""
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)
"""The Content-Security-Policy of the document, https://www.w3.org/TR/CSP3/."""


def html(page: PublicPage) -> str:
    """The document."""
    name = escape(page.name)
    past = [one for one in page.incidents if one.resolved_at is not None]
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{name} status: {DESCRIPTIONS[page.impact]}</title>
<link rel="alternate" type="application/atom+xml" title="{name} status" href="feed.atom">
<style>{_STYLE}</style>
</head>
<body>
<header><h1>{name} status</h1></header>
<main>
<p class="whole{"" if page.impact is Impact.NONE else " bad"}" role="status">{DESCRIPTIONS[page.impact]}</p>
{_section("Incidents", page.open, page) if page.open else ""}<section aria-labelledby="components">
<h2 id="components">Components</h2>
<ul class="components">
{"".join(map(_component, page.components)) or "<li>None yet.</li>"}</ul>
</section>
{_section("Past incidents", past, page)}</main>
<footer><p>Last change {_time(page.updated_at, page)}. <a href="feed.atom">Feed</a> · \
<a href="api/v2/summary.json">JSON</a></p></footer>
</body>
</html>
"""


def _component(one: Component) -> str:
    tone = "good" if one.status is ComponentStatus.OPERATIONAL else "bad"
    state = f'<span aria-hidden="true">{_SIGNS[one.status]}</span> {_STATES[one.status]}'
    return f'<li><span>{_words(one.name)}</span> <span class="{tone}">{state}</span></li>\n'


def _section(title: str, incidents: Iterable[PublicIncident], page: PublicPage) -> str:
    told = "".join(_incident(one, page) for one in incidents)
    anchor = title.casefold().replace(" ", "-")
    return (
        f'<section aria-labelledby="{anchor}">\n<h2 id="{anchor}">{title}</h2>\n{told or "<p>None.</p>"}\n</section>\n'
    )


def _incident(one: PublicIncident, page: PublicPage) -> str:
    concerns = f" · {_words(one.component)}" if one.component else ""
    updates = "".join(
        f"<li><strong>{update.status.capitalize()}</strong> {_time(update.at, page)}"
        f'<p class="told">{_words(update.text)}</p></li>\n'
        for update in one.updates
    )
    return (
        f'<article>\n<h3 id="{one.id}">{_words(one.title)}</h3>\n'
        f'<p class="quiet">{one.status.capitalize()} · impact {one.impact.value}{concerns}</p>\n'
        f'<ol class="updates" reversed>\n{updates}</ol>\n</article>\n'
    )


def _words(text: str) -> str:
    """Somebody's words: no markup, and their direction ends where they do."""
    return f"<bdi>{escape(text)}</bdi>"


def _time(moment: datetime, page: PublicPage) -> str:
    there = moment.astimezone(zone_of(page.timezone))
    return f'<time datetime="{there.isoformat(timespec="seconds")}">{there:%Y-%m-%d %H:%M %Z}</time>'
