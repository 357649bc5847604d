"""The approval matrix: which rule a change falls under. What is published counts, and nothing else."""

from dataclasses import replace

import pytest
from tests.core.team import Colleagues, a_site, last, operation_of, publish, story

from opsctl.core.events import AwaitingApproval, AwaitingConfirmation, Finished
from opsctl.core.identity import Person, Team
from opsctl.core.operation import State
from opsctl.core.plan import Plan, Rule
from opsctl.core.policy import FREE_PUBLISH, LATER_PUBLISH, matches, publish_rule, rule_for
from opsctl.core.published_site import PublishedSite
from opsctl.core.shelf import StoreShelf


@pytest.mark.parametrize(
    ("command", "environment", "traits", "approvals", "roles"),
    [
        ("deploy", "production", (), 1, ("lead",)),
        ("deploy", "staging", (), 0, ()),
        ("rollback", "production", (), 0, ()),
        ("rollback", "staging", (), 0, ()),
        ("scale", "production", ("shrinks",), 1, ("lead",)),
        ("scale", "production", (), 0, ()),
        ("scale", "staging", ("shrinks",), 0, ()),
        ("migrate", "production", (), 2, ("lead", "dba")),
        ("migrate", "staging", (), 0, ()),
        ("incident create", None, (), 0, ()),
        ("incident resolve", None, (), 0, ()),
        ("site publish", None, ("first",), 0, ()),
        ("site publish", None, (), 1, ("any-lead",)),
    ],
)
def test_the_default_matrix_is_the_published_one(
    command: str, environment: str | None, traits: tuple[str, ...], approvals: int, roles: tuple[str, ...]
) -> None:
    rule = rule_for(a_site(), command, environment, Plan((), traits))
    assert (rule.approvals, rule.roles) == (approvals, roles)


def test_what_no_rule_matches_is_refused(team: Colleagues) -> None:
    publish(team.store, a_site((Rule("deploy", "staging"),)))
    for line in ("deploy order-service v2.4.1 production", "migrate order-service staging"):
        events = team.ask("@alice", line)
        assert story(events)[1:] == ["denied no_rule"]
        assert last(events, Finished).exit_code == 3
    assert story(team.ask("@alice", "deploy order-service v2.4.1 staging"))[-1] == "succeeded"


def test_the_published_rules_replace_the_default_matrix(team: Colleagues) -> None:
    publish(
        team.store,
        a_site((Rule("deploy", "staging", approvals=1, roles=("dba",)), Rule("*", requesters=("lead",)))),
    )
    assert last(team.ask("@alice", "deploy order-service v2.4.1 staging"), AwaitingApproval).approvers == ("@dave",)
    assert story(team.ask("@alice", "deploy order-service v2.4.1 production"))[1:] == ["denied no_role"]
    assert isinstance(team.ask("@bob", "deploy order-service v2.4.1 production")[-1], AwaitingConfirmation)


def test_the_first_rule_that_matches_decides() -> None:
    strict, loose = Rule("deploy", approvals=2, roles=("lead",)), Rule("deploy")
    assert rule_for(a_site((strict, loose)), "deploy", "staging", Plan(())) is strict
    assert rule_for(a_site((loose, strict)), "deploy", "staging", Plan(())) is loose


def test_a_rule_with_a_trait_covers_only_plans_that_have_it() -> None:
    rule = Rule("scale", when="shrinks")
    assert matches(rule, a_site(), "scale", "staging", ("shrinks",))
    assert not matches(rule, a_site(), "scale", "staging", ())


def test_a_rule_for_a_group_covers_its_commands_and_no_others() -> None:
    assert matches(Rule("incident"), a_site(), "incident create", None, ())
    assert not matches(Rule("incident create"), a_site(), "incident resolve", None, ())
    assert not matches(Rule("incident"), a_site(), "incidental", None, ())


def test_protected_means_whatever_the_site_protects() -> None:
    site = a_site()
    everywhere = {name: replace(one, is_protected=True) for name, one in site.environments.items()}
    rule = Rule("deploy", "protected")
    assert not matches(rule, site, "deploy", "staging", ())
    assert matches(rule, replace(site, environments=everywhere), "deploy", "staging", ())
    assert not matches(rule, site, "deploy", None, ())


def hand_in(team: Colleagues, site: PublishedSite) -> str:
    return team.store.write(lambda tx: tx.keep(site.text))


def test_the_first_publishing_is_free_and_every_later_one_takes_any_lead(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from opsctl.adapters.stores.sqlite.store import SqliteStore

    team = Colleagues(SqliteStore.create(tmp_path / "store" / "opsctl.db", "acme"), first_site=a_site())
    first = hand_in(team, a_site())
    events = team.ask("@alice", f"site publish {first}")
    assert story(events)[1:] == [
        f"approved by nobody: None → {first[:12]}",
        f"@alice runs: None → {first[:12]}",
        "- publishing",
        "succeeded",
    ]
    assert team.store.published() == a_site().text
    team.first_site = None
    second = hand_in(team, a_site((Rule("deploy"),)))
    asked = team.ask("@alice", f"site publish {second}")
    assert last(asked, AwaitingApproval).approvers == ("@bob", "@carol")
    assert story(team.approve("@carol", operation_of(asked)))[-1] == "succeeded"
    assert team.store.published() == a_site((Rule("deploy"),)).text
    assert team.record(operation_of(asked))["channel"] == "#ops"
    team.store.close()


def test_what_would_change_is_in_the_plan_that_is_approved(team: Colleagues) -> None:
    document = hand_in(team, a_site((Rule("deploy"),)))
    plan = last(team.ask("@alice", f"site publish {document}"), AwaitingApproval).plan
    assert plan.changes[0].to == document[:12]
    assert any("deploy" in change.name for change in plan.changes[1:])


def test_a_site_is_published_exactly_as_it_was_handed_in(team: Colleagues) -> None:
    document = hand_in(team, a_site((Rule("deploy"),)))
    assert StoreShelf(team.store).document(document) == a_site((Rule("deploy"),)).text
    for wrong in (document[:12], "0" * 64, "../site.toml"):
        assert story(team.ask("@alice", f"site publish {wrong}"))[1:] == ["failed unknown_document"]


def test_a_local_file_loosens_nothing_once_a_site_is_published(team: Colleagues) -> None:
    """What a process would publish first counts only where nothing is published."""
    team.first_site = a_site((Rule("*"),))
    assert isinstance(team.ask("@alice", "deploy order-service v2.4.1 production")[-1], AwaitingApproval)
    document = hand_in(team, team.first_site)
    assert isinstance(team.ask("@alice", f"site publish {document}")[-1], AwaitingApproval)


def test_two_publishings_do_not_follow_from_the_same_site(team: Colleagues) -> None:
    """The second one's plan says what it changes in what the first one made."""
    site = a_site((Rule("deploy"),))
    more = replace(site, people={**site.people, "@zoe": Person("@zoe", 1099)})
    asked = [operation_of(team.ask("@alice", f"site publish {hand_in(team, one)}")) for one in (site, more)]
    for operation in asked:
        team.ask("@bob", f"approve {operation}")
    assert story(team.run(asked[0]))[-1] == "succeeded"
    events = team.run(asked[1])
    assert story(events)[0].startswith("no longer ")
    changes = last(events, AwaitingApproval).plan.changes
    assert changes[0].was == site.digest[:12]
    assert all("@zoe" in change.name for change in changes[1:])


@pytest.mark.parametrize(
    "rule",
    [
        Rule("site publish"),
        Rule("site publish", approvals=1, roles=("member",)),
        Rule("site publish", approvals=1, roles=("intern",)),
        Rule("*"),
        Rule("site"),
    ],
)
def test_the_sites_rules_never_loosen_its_own_publishing(rule: Rule) -> None:
    assert publish_rule((rule,), is_first=False) == LATER_PUBLISH
    assert publish_rule((rule,), is_first=True) == FREE_PUBLISH


def test_the_sites_rules_may_raise_its_own_publishing() -> None:
    own = Rule("site publish", approvals=2, roles=("intern",), requesters=("any-lead",))
    assert publish_rule((own,), is_first=False) == Rule(
        "site publish", approvals=2, roles=("any-lead",), requesters=("any-lead",)
    )


def with_leads(*handles: str) -> PublishedSite:
    return replace(a_site(), teams={"orders": Team("orders", ("@alice", "@bob"), handles)})


def test_the_only_lead_publishes_alone_until_there_is_a_second_one(team: Colleagues) -> None:
    publish(team.store, with_leads("@bob"))
    events = team.ask("@bob", f"site publish {hand_in(team, with_leads('@bob', '@alice'))}")
    assert story(events)[-1] == "succeeded"
    asked = team.ask("@bob", f"site publish {hand_in(team, with_leads('@bob'))}")
    assert last(asked, AwaitingApproval).approvers == ("@alice",)


def test_nobody_but_the_only_lead_publishes_alone(team: Colleagues) -> None:
    publish(team.store, with_leads("@bob"))
    asked = team.ask("@alice", f"site publish {hand_in(team, with_leads('@alice'))}")
    assert last(asked, AwaitingApproval).approvers == ("@bob",)


def test_where_nobody_leads_nobody_publishes_alone(team: Colleagues) -> None:
    publish(team.store, with_leads())
    assert story(team.ask("@alice", f"site publish {hand_in(team, a_site())}"))[-1] == "denied no_approver"


def test_a_rule_of_the_site_holds_for_its_only_lead_too() -> None:
    own = Rule("site publish", approvals=1, roles=("any-lead",))
    assert publish_rule((own,), is_first=False, is_only_lead=True) == LATER_PUBLISH
    assert publish_rule((), is_first=False, is_only_lead=True) == FREE_PUBLISH


def test_any_lead_may_cancel_what_is_about_the_site(team: Colleagues) -> None:
    operation = operation_of(team.ask("@alice", f"site publish {hand_in(team, a_site((Rule('deploy'),)))}"))
    assert story(team.ask("@dave", f"cancel {operation}"))[-1] == "Denied: no_role"
    assert story(team.ask("@bob", f"cancel {operation}"))[-1] == "cancelled by @bob cancelled"
    assert team.state(operation) is State.CANCELLED


def test_a_lead_leads_only_the_services_of_their_team() -> None:
    site = a_site()
    assert site.roles_of("@bob", "order-service") == {"lead", "member", "any-lead"}
    assert site.roles_of("@bob", "api-gateway") == {"any-lead"}
    assert site.roles_of("@dave", "order-service") == {"dba"}
    assert site.roles_of("@erin", "order-service") == frozenset()
    assert site.roles_of("@nobody", None) == frozenset()
    leads = replace(site, teams={"orders": Team("orders", leads=("@erin",))})
    assert leads.roles_of("@erin", "order-service") == {"lead", "member", "any-lead"}
