from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsctl.core.identity import Person, Team
from opsctl.core.plan import Rule
from opsctl.core.published_site import Environment, PublishedSite, Service
from opsctl.settings.mistakes import InvalidSettings
from opsctl.settings.site_file import read_site

Read = Callable[[str], PublishedSite]

HEAD = """\
id = "acme"
channel = "#ops"
"""

GOOD = """\
id = "acme"
channel = "#ops"

[environments.staging]
[environments.production]
protected = true
channel = "#deployments"

[people.alice]
uid = 1000
roles = ["dba"]
[people."@bob"]
uid = 1001

[teams.orders]
members = ["@alice"]
leads = ["bob"]

[services.order-service]
team = "orders"
environments = ["staging", "production"]
dashboard = "https://grafana.internal/d/order-service"
aliases = ["orders"]
migrate = ["alembic", "upgrade", "head"]
[services.order-service.deployer]
kind = "local"
versions = "versions/order-service"
ports = "24000-24099"
[services.order-service.deployers.production]
replicas = 2

[[rules]]
command = "deploy"
environment = "production"
approvals = 1
roles = ["lead", "dba"]
[[rules]]
command = "scale"
environment = "protected"
when = "shrinks"
[[rules]]
command = "incident"
requesters = ["member"]
"""


def wrong(read: Read, text: str) -> list[str]:
    with pytest.raises(InvalidSettings) as raised:
        read(text)
    return [f"{mistake.line}: {mistake.what}" for mistake in raised.value.mistakes]


def test_a_site_file_becomes_the_site_that_is_published(site: Read, tmp_path: Path) -> None:
    deployer = {"kind": "local", "versions": str(tmp_path / "versions/order-service"), "ports": "24000-24099"}
    assert site(GOOD) == PublishedSite(
        id="acme",
        channel="#ops",
        environments={
            "staging": Environment("staging"),
            "production": Environment("production", is_protected=True, channel="#deployments"),
        },
        teams={"orders": Team("orders", ("@alice",), ("@bob",))},
        people={"@alice": Person("@alice", 1000, ("dba",)), "@bob": Person("@bob", 1001)},
        services={
            "order-service": Service(
                "order-service",
                "orders",
                {"staging": deployer, "production": deployer | {"replicas": 2}},
                ("orders",),
                "https://grafana.internal/d/order-service",
                ("alembic", "upgrade", "head"),
            )
        },
        rules=(
            Rule("deploy", "production", approvals=1, roles=("lead", "dba")),
            Rule("scale", "protected", when="shrinks"),
            Rule("incident", requesters=("member",)),
        ),
    )


def with_line(line: str) -> str:
    """The good site, with one more line at its top."""
    return GOOD.replace('channel = "#ops"', f'channel = "#ops"\n{line}', 1)


def test_a_site_says_where_it_lives_and_who_is_on_call(site: Read) -> None:
    read = site(with_line('timezone = "Europe/Berlin"\non_call = "orders"'))
    assert (read.timezone, read.on_call) == ("Europe/Berlin", "orders")
    assert PublishedSite.from_json(read.as_json()) == read
    assert (site(GOOD).timezone, site(GOOD).on_call) == ("UTC", None)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('timezone = "Berlin"', "3: there is no time zone 'Berlin'. Did you mean Europe/Berlin?"),
        ('timezone = "Europe/Berln"', "3: there is no time zone 'Europe/Berln'. Did you mean Europe/Berlin"),
        ('timezone = "../../etc/passwd"', "3: there is no time zone '../../etc/passwd'."),
        ('timezone = ""', "3: there is no time zone ''."),
        ("timezone = 2", "3: "),
        ('on_call = "ordesr"', "3: there is no team 'ordesr'. Did you mean orders?"),
    ],
)
def test_a_zone_or_a_team_on_call_that_does_not_exist_is_told(line: str, told: str, site: Read) -> None:
    (mistake,) = wrong(site, with_line(line))
    assert told in mistake


def test_what_is_read_can_be_published_and_read_back(site: Read) -> None:
    read = site(GOOD)
    assert PublishedSite.from_json(read.as_json()) == read
    assert len(read.digest) == 64


def test_an_absolute_path_of_a_deployer_stays(site: Read) -> None:
    read = site(GOOD.replace("versions/order-service", "/srv/versions"))
    assert read.services["order-service"].deployers["staging"]["versions"] == "/srv/versions"


def test_every_mistake_is_told_at_once_with_its_line_and_the_nearest_right_name(site: Read) -> None:
    text = """\
chanel = "ops"
[environments.staging]
protected = "yes"
[environments.production]
[people.alice]
uid = 1000
roles = ["lead"]
[people.bob]
uid = 1000
[people.carol]
uid = true
[teams.orders]
members = ["@alcie"]
leads = [7]
[services.order-service]
team = "ordesr"
environments = ["stagin", "staging"]
dashboard = "javascript:1"
aliases = ["pay"]
teem = 3
[services.order-service.deployer]
kind = "local"
since = 2020-01-01
[services.order-service.deployers.production]
replicas = 2
[services.pay]
environments = []
[[rules]]
command = "deplo"
environment = "producton"
approvals = 11
roles = ["led"]
when = "shrink"
[[rules]]
command = "deploy"
approvals = 2
"""
    assert wrong(site, text) == [
        "1: channel is missing",
        "1: id is missing",
        "1: there is no setting 'chanel' here. Did you mean channel?",
        "3: protected must be true or false, not 'yes'",
        "6: uid 1000 belongs to @alice and @bob; one user is one person",
        "7: lead comes from a team, not from here: write the person into the team's members or leads",
        "9: uid 1000 belongs to @alice and @bob; one user is one person",
        "11: uid must be a whole number, not True",
        "13: there is no person '@alcie'. Did you mean @alice?",
        "14: leads must be text in quotes, not 7",
        "16: there is no team 'ordesr'. Did you mean orders?",
        "17: there is no environment 'stagin'. Did you mean staging?",
        "18: 'javascript:1' is not an address; it must begin with https:// or http://",
        "19: 'pay' would mean order-service and pay; one name is one service",
        "20: there is no setting 'teem' here. Did you mean team?",
        '23: a date or time must stand in quotes here: "2020-01-01"',
        "23: since is no setting of local.",
        "24: order-service does not run in production: add it to the service's environments, or remove this",
        "26: team is missing",
        "27: environments must not be empty",
        "29: there is no command 'deplo'. Did you mean deploy?",
        "30: there is no environment 'producton'. Did you mean production?",
        "31: approvals must be at most 10, not 11",
        "32: there is no role 'led'. Did you mean lead?",
        "33: there is no trait of a plan 'shrink'. Did you mean shrinks?",
        "34: this rule asks for 2 approvals and names no roles that may give them",
    ]


@pytest.mark.parametrize(
    "name", ["Acme", "a_b", "-a", "a-", "a b", "", "a" * 64, "../etc", "$(reboot)", "a\\nb", "ä", "*", "protected!"]
)
@pytest.mark.parametrize("place", ["environments", "teams", "services"])
def test_a_name_that_could_mean_something_elsewhere_is_refused(name: str, place: str, site: Read) -> None:
    found = wrong(site, f'{HEAD}[{place}."{name}"]\n')
    assert any("can't be a name" in mistake and mistake.startswith("3: ") for mistake in found)


@pytest.mark.parametrize("handle", ["@", "", "Alice", "@a b", "@@a", "@a\\n", "@" + "a" * 64])
def test_a_handle_that_nobody_could_be_is_refused(handle: str, site: Read) -> None:
    (found,) = wrong(site, f'{HEAD}[people."{handle}"]\n')
    assert "can't be a handle" in found


def test_a_person_written_twice_with_and_without_the_sign_is_refused(site: Read) -> None:
    found = wrong(site, f'{HEAD}[people.alice]\nuid = 1\n[people."@alice"]\nuid = 1\n')
    assert found == [f"{line}: @alice stands here twice, once with and once without @" for line in (3, 5)]


@pytest.mark.parametrize("value", ["-1", "1.5", '"1000"', "4294967295", "99999999999999999999"])
def test_a_uid_that_no_user_has_is_refused(value: str, site: Read) -> None:
    (found,) = wrong(site, f"{HEAD}[people.alice]\nuid = {value}\n")
    assert found.startswith("4: uid must be")


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("approvals = 0", "site publish always needs an approval by a lead of any team: write approvals = 1, or more"),
        (
            'approvals = 2\nroles = ["lead", "any-lead"]',
            'site publish is approved by leads of any team alone: write roles = ["any-lead"]',
        ),
        (
            'approvals = 2\nroles = ["any-lead"]\nenvironment = "protected"',
            "site publish concerns the whole site: leave out environment and when",
        ),
        (
            'approvals = 2\nroles = ["any-lead"]\nwhen = "shrinks"',
            "site publish concerns the whole site: leave out environment and when",
        ),
    ],
    ids=["no approval", "other roles", "an environment", "a trait"],
)
def test_a_rule_on_publishing_that_would_not_count_is_refused(site: Read, rule: str, says: str) -> None:
    text = f'id = "acme"\nchannel = "#ops"\n[[rules]]\ncommand = "site publish"\n{rule}\n'
    (found,) = wrong(site, text)
    assert found.partition(": ")[2] == says


def test_a_rule_on_publishing_may_raise_it_and_say_who_may_ask(site: Read) -> None:
    rule = 'command = "site publish"\napprovals = 2\nroles = ["any-lead"]\nrequesters = ["any-lead"]'
    assert site(f'id = "acme"\nchannel = "#ops"\n[[rules]]\n{rule}\n').rules[0].approvals == 2


def test_an_environment_may_not_take_a_word_that_rules_use(site: Read) -> None:
    (found,) = wrong(site, f"{HEAD}[environments.protected]\n")
    assert found == "3: 'protected' has a meaning in rules; choose another name"


PUBLISHING = '[[rules]]\ncommand = "site publish"\napprovals = 2\nroles = ["any-lead"]\n'


def test_a_rule_may_raise_what_is_asked_for_publishing(site: Read) -> None:
    raised = f'{PUBLISHING}requesters = ["lead"]\n'
    assert site(HEAD + raised).rules == (Rule("site publish", "*", None, 2, ("any-lead",), ("lead",)),)


@pytest.mark.parametrize(
    ("was", "to"),
    [
        ("approvals = 2\n", ""),
        ("approvals = 2", "approvals = 0"),
        ('["any-lead"]', '["lead", "any-lead"]'),
        ('["any-lead"]', '["member"]'),
        ("approvals = 2", 'approvals = 2\nwhen = "shrinks"'),
        ("approvals = 2", 'approvals = 2\nenvironment = "protected"'),
    ],
)
def test_a_rule_for_publishing_that_says_what_would_not_count_is_refused(site: Read, was: str, to: str) -> None:
    (found,) = wrong(site, HEAD + PUBLISHING.replace(was, to))
    assert found.startswith(
        ("3: site publish always needs an approval", "3: site publish is approved by leads", "3: site publish concerns")
    )


def test_a_rule_for_publishing_names_it_whole(site: Read) -> None:
    (found,) = wrong(site, HEAD + PUBLISHING.replace("site publish", "site"))
    assert found == '3: a rule for publishing the site is written command = "site publish"'


@pytest.mark.parametrize("value", ["inf", "nan", "9007199254740993", "[[1979-05-27]]", "{ a = 07:32:00 }"])
def test_what_json_cannot_keep_is_refused_in_a_deployer(value: str, site: Read) -> None:
    found = wrong(site, GOOD.replace('ports = "24000-24099"', f"ports = {value}"))
    assert len(found) == 1
    assert found[0].startswith("28: ")
    assert "quotes" in found[0]


def test_a_deployer_that_is_missing_or_has_no_kind_is_told_where_the_service_is(site: Read) -> None:
    text = GOOD.replace('kind = "local"', "")
    assert wrong(site, text) == [
        f"25: order-service has no deployer in {where}: give [services.order-service.deployer] a kind"
        for where in ("production", "staging")
    ]


def test_everything_that_a_deployer_finds_is_told_once_though_its_check_ends_at_the_first(site: Read) -> None:
    text = GOOD.replace('ports = "24000-24099"', "portz = 1\nsince = 2").replace("replicas = 2", "replicas = -2")
    assert wrong(site, text) == [
        "28: portz is no setting of local.",
        "29: since is no setting of local.",
        "31: replicas of order-service in production must not be negative. Use 0 or more.",
    ]


def test_what_a_deployer_says_about_a_setting_is_told_at_that_setting(site: Read) -> None:
    assert wrong(site, GOOD.replace("replicas = 2", "replicas = -2")) == [
        "30: replicas of order-service in production must not be negative. Use 0 or more."
    ]
    assert wrong(site, GOOD.replace('kind = "local"', 'kind = "lokal"')) == [
        "26: There is no deployer 'lokal'. There is: local."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "environments = 1\npeople = []\nteams = 'x'\nservices = true\nrules = {}\n",
        "[environments]\na = 1\n[people]\na = 1\n[teams]\na = 1\n[services]\na = 1\n",
        "rules = [1, 'a']\n",
        '[services.a]\nenvironments = [1, ["x"], {}]\ndeployer = 3\ndeployers = [1]\naliases = {}\nteam = []\n',
        '[services.a.deployer]\nkind = 3\n[people.a]\nroles = [[1]]\nuid = "x"\n',
        "[services.a]\ndeployers.x = 1\n",
    ],
)
def test_values_of_any_wrong_shape_are_mistakes_and_nothing_worse(text: str, site: Read) -> None:
    assert wrong(site, text)


@given(st.data())
def test_a_file_edited_by_a_cat_is_read_or_has_mistakes(data: st.DataObject) -> None:
    lines = GOOD.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        value = data.draw(
            st.sampled_from(["", "= 1", "= []", '= "x"', "= {}", "= [1]", "= true", "= 07:00:00", "[rules]"])
        )
        lines[at] = f"{lines[at].split('=')[0]}{value}" if value.startswith("=") else value
    with TemporaryDirectory() as folder:
        path = Path(folder, "site.toml")
        path.write_text("\n".join(lines))
        with suppress(InvalidSettings):
            read_site(path, commands=("deploy",), check=lambda *_: None)


def test_a_site_may_have_its_questions_announced(site: Read) -> None:
    assert not site(GOOD).announces_reads
    assert site(GOOD + "\n[announce]\nreads = true\n").announces_reads
