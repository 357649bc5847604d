"""What is known of a site for the shells, after whatever was done there."""

from dataclasses import replace

from tests.core.team import MEMORY, Colleagues, a_site, operation_of, publish

from opsctl.core.known_names import MOST_VERSIONS, RECENT, known_names
from opsctl.core.operation import State
from opsctl.core.published_site import Service


def names_of(team: Colleagues, kind: str, of: str = "*", before: str = "") -> list[str]:
    """The names of that kind, without their descriptions."""
    return [one.partition("\x1f")[0] for one in described(team, kind, of, before)]


def described(team: Colleagues, kind: str, of: str = "*", before: str = "") -> list[str]:
    for line in known_names(team.context("@alice"), before).splitlines():
        found, whose, *names = line.split("\t")
        if (found, whose) == (kind, of):
            return names
    return []


def test_services_people_and_environments_are_known_in_the_order_of_the_site(team: Colleagues) -> None:
    assert names_of(team, "service") == ["order-service", "api-gateway"]
    assert set(names_of(team, "person")) == {"@alice", "@bob", "@carol", "@dave", "@erin"}
    assert names_of(team, "environment") == ["staging", "production"]


def test_the_environments_of_a_service_are_those_it_runs_in(team: Colleagues) -> None:
    site = a_site()
    publish(team.store, replace(site, services={"cron": Service("cron", "orders", {"staging": MEMORY})}))
    assert names_of(team, "environment", "cron") == ["staging"]


def test_an_operation_is_offered_where_its_state_suits_and_says_what_it_does(team: Colleagues) -> None:
    done = team.deployed("v2.4.0", "staging")
    waiting = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    assert described(team, "awaiting-operation") == [
        f"{waiting}\x1fdeploy order-service v2.4.1 production, awaiting approval, by @alice"
    ]
    assert names_of(team, "open-operation") == [waiting]
    assert set(names_of(team, "operation")) == {waiting, done}


def test_what_was_approved_awaits_no_approval_any_more(team: Colleagues) -> None:
    waiting = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    team.yes("@bob", waiting)
    assert team.state(waiting) is State.APPROVED
    assert names_of(team, "awaiting-operation") == []
    assert names_of(team, "open-operation") == [waiting]


def test_an_open_operation_is_offered_however_many_came_after_it(team: Colleagues) -> None:
    waiting = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    for _ in range(RECENT + 1):
        team.ask("@alice", "scale order-service 3 nowhere")
    assert names_of(team, "awaiting-operation") == [waiting]
    assert waiting not in names_of(team, "operation")


def test_versions_are_what_a_run_was_told_by_the_deployer_and_are_kept_from_run_to_run(team: Colleagues) -> None:
    context = team.context("@alice")
    context.site().versions("order-service", "staging")
    told = known_names(context, "")
    assert "version\torder-service/staging\tv2.4.2\tv2.4.1\tv2.4.0\tv2.3.9\n" in told
    assert names_of(team, "version", "order-service/staging", before=told)[0] == "v2.4.2"


def test_what_a_deployer_tells_replaces_what_it_told_before_and_leaves_the_others(team: Colleagues) -> None:
    before = "version\torder-service/staging\told\nversion\torder-service/production\tkept\n"
    context = team.context("@alice")
    context.site().versions("order-service", "staging")
    lines = known_names(context, before).splitlines()
    assert "version\torder-service/production\tkept" in lines
    assert not [line for line in lines if "\told" in line]


def test_what_several_environments_have_in_common_is_written_once(team: Colleagues) -> None:
    before = "version\torder-service/staging\tv2\tv1\nversion\torder-service/production\tv2\tv1\n"
    told = known_names(team.context("@alice"), before)
    assert "version\torder-service/staging production\tv2\tv1\n" in told
    assert known_names(team.context("@alice"), told) == told


def test_what_is_known_of_services_that_are_gone_is_forgotten(team: Colleagues) -> None:
    before = "version\tgone/staging\tv1\nversion\torder-service/gone\tv1\n"
    assert "gone" not in known_names(team.context("@alice"), before)


def test_nobody_is_asked_for_versions_and_those_that_came_to_run_are_known_all_the_same(team: Colleagues) -> None:
    for environment in ("staging", "production"):
        team.platform(environment).versions_known = ()  # a platform that cannot list them
    team.platform("production").has("v1")
    team.deployed("v2")
    operation_of(team.ask("@alice", "deploy order-service v3 production"))  # nobody has approved it
    assert names_of(team, "version", "order-service") == ["v2", "v1"]


def test_a_long_list_of_versions_is_cut_at_the_oldest(team: Colleagues) -> None:
    team.platform("staging").versions_known = tuple(f"v{number}" for number in range(1000, 0, -1))
    context = team.context("@alice")
    context.site().versions("order-service", "staging")
    told = known_names(context, "")
    assert f"\tv{1001 - MOST_VERSIONS}\n" in told


def test_commands_of_the_site_stand_first_where_a_shell_looks_for_them(team: Colleagues) -> None:
    lines = ["command\t*\tflush-cache\x1fFlush it.", "option\tflush-cache\t--force\tonce\tswitch\tNow."]
    assert known_names(team.context("@alice"), "", lines).splitlines()[:2] == lines


def test_a_name_that_would_break_the_file_is_left_out(team: Colleagues) -> None:
    site = a_site()
    evil = {name: Service(name, "orders", {"staging": MEMORY}) for name in ("a\nservice\t*\tfalse", "\x1b[31m", "fine")}
    publish(team.store, replace(site, services=evil))
    assert names_of(team, "service") == ["fine"]
    assert "\x1b" not in known_names(team.context("@alice"), "")


def test_a_secret_in_a_command_is_not_told(team: Colleagues) -> None:
    team.ask("@alice", "deploy order-service token=s3cret staging")
    assert "s3cret" not in "".join(described(team, "operation"))


def test_a_long_command_describes_its_operation_in_one_short_line(team: Colleagues) -> None:
    team.ask("@alice", f"deploy order-service {'v' * 5000} staging")
    (about,) = described(team, "operation")
    assert len(about) < 150


def test_what_was_written_by_somebody_else_as_names_of_before_is_no_error(team: Colleagues) -> None:
    for before in ("\n", "version", "version\t", "version\t/\t", "version\torder-service/staging", "\x00"):
        assert names_of(team, "service", before=before) == ["order-service", "api-gateway"]
