"""Which service an incident is about, and which team is called."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from opsctl.core.published_site import PublishedSite

_SAY_NOTHING = frozenset({"service", "svc", "app"})
"""Words at the end of a service's name that people leave out when they speak of it."""

_ARTICLES = frozenset({"a", "an", "the", "our", "all"})
_LONGEST_SLUG = 30


class Because(StrEnum):
    """How the team was found."""

    OPTION = "option"
    TITLE = "title"
    ON_CALL = "on_call"
    SEVERAL = "several"
    """More than one service stands in the title, so it is the site's on-call team."""


@dataclass(frozen=True, slots=True)
class Called:
    """The service that an incident is about, None where that is not known, and the team to call for it, if any."""

    service: str | None
    team: str | None
    because: Because


def called_for(site: PublishedSite, title: str, service: str) -> Called:
    """The named service's team; else that of the one service whose name or alias stands in the title; else on call.

    Raises UsageError where no service has the name that was given.
    """
    if service:
        known = site.service_called(service)
        return Called(known.name, known.team, Because.OPTION)
    found = services_in(site, title)
    if len(found) == 1:
        return Called(found[0], site.services[found[0]].team, Because.TITLE)
    return Called(None, site.on_call, Because.SEVERAL if found else Because.ON_CALL)


def services_in(site: PublishedSite, title: str) -> tuple[str, ...]:
    """The services one of whose names stands in a title, word by word, in any case, singular or plural."""
    words = [_singular(word) for word in _words(title)]
    return tuple(
        one.name
        for one in site.services.values()
        if any(_stands_in(_telling_words(name), words) for name in (one.name, *one.aliases))
    )


def slug_of(title: str, service: str | None) -> str:
    """What a channel is called after: the service without its "-service", else the title's first telling word."""
    if service:
        return "-".join(_telling_words(service, is_exact=True))[:_LONGEST_SLUG].strip("-")
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    telling = (word for word in re.findall(r"[a-z0-9]+", plain.casefold()) if word not in _ARTICLES)
    return next(telling, "incident")[:_LONGEST_SLUG]


def _telling_words(name: str, *, is_exact: bool = False) -> list[str]:
    words = _words(name)
    while len(words) > 1 and words[-1] in _SAY_NOTHING:
        words.pop()
    return words if is_exact else [_singular(word) for word in words]


def _stands_in(wanted: list[str], words: list[str]) -> bool:
    return any(words[at : at + len(wanted)] == wanted for at in range(len(words) - len(wanted) + 1))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _singular(word: str) -> str:
    return word.removesuffix("s") if len(word) > 3 else word
