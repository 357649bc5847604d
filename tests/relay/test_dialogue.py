"""What people say in the room, and what they are told: commands, questions, mistakes, help, confirmation."""

from dataclasses import replace

from tests.core.team import Colleagues, a_site, publish, wait_until
from tests.relay.at_work import Room, at_work

from opsctl.core.operation import State
from opsctl.core.post import Action


def lines(text: str) -> list[str]:
    return text.splitlines()


def test_a_deploy_with_its_approval_as_it_stands_in_the_room(room: Room) -> None:
    operation = room.asked("@alice", "/deploy order-service v2.4.1 production", State.AWAITING_APPROVAL)
    request = room.request(operation)
    head, asked, how = lines(request.post.text)
    assert head == "🚀 Deploy order-service v2.4.1 to production   (v2.4.0 → v2.4.1, 2 replicas)"
    assert asked.endswith("Requires approval from a team lead.")
    assert how.startswith("React with ✅ to approve or ❌ to reject")
    assert request.post.calls == ("@bob", "@carol")

    room.react("@bob", request, "✅")
    room.until(operation, State.SUCCEEDED)
    room.settle()
    main = lines(room.message(f"{operation.id}/main").post.text)
    assert main[0] == head
    assert main[1].startswith("Asked for by @alice in #deployments, ")
    assert main[2] == "✅ Approved by @bob."
    assert main[3].startswith("✅ Deploy complete. Health check passed.")
    assert lines(room.request(operation).post.text)[-1].endswith("✅ Approved by @bob.")
    assert room.told("@alice") == []
    record = room.team.record(operation.id)
    assert (record["user"], record["approved_by"], record["channel"]) == ("@alice", "@bob", "#deployments")
    assert record["executed_by"] == "relay on here"


def test_what_needs_nobody_runs_at_once(room: Room) -> None:
    operation = room.asked("@alice", "opsctl deploy order-service v2.4.1 staging", State.SUCCEEDED)
    assert room.team.platform("staging").version == "v2.4.1"
    assert operation.origin == "room"


def test_talk_among_people_is_none_of_its_business(room: Room) -> None:
    room.say("@alice", "shall I deploy order-service v2.4.1 production?")
    room.say("@alice", "opsctlfoo deploy order-service v2.4.1 staging")
    room.settle()
    assert room.seen() == []
    assert room.team.store.operations() == []


def test_talk_waits_for_no_relay(team: Colleagues) -> None:
    room = Room(team)
    message = team.store.room.message(room.say("@alice", "shall I deploy?"))
    assert message is not None
    room.react("@bob", message, "👍")
    assert team.store.deliveries.open() == []
    room.say("@alice", "opsctl: approvals")
    assert len(team.store.deliveries.open()) == 1


def test_a_line_that_does_not_parse_is_answered_in_private_with_the_nearest_right_one(room: Room) -> None:
    room.say("@alice", "/deplyo order-service v2.4.1 staging")
    assert "There is no command 'deplyo'. Did you mean deploy?" in room.word("@alice").post.text
    room.say("@alice", "/deploy order-service")
    word = room.word("@alice").post
    assert "VERSION and ENVIRONMENT are missing." in word.text
    assert word.block.startswith("Usage: /deploy SERVICE VERSION ENVIRONMENT")
    assert room.seen("@bob") == []
    assert room.team.audit() == []


def test_an_answer_is_for_who_asked_alone_and_recorded_once(room: Room) -> None:
    room.say("@alice", "/status order-service")
    word = room.word("@alice").post
    assert word.block.startswith("SERVICE")
    assert "order-service  production   v2.4.0" in word.block
    assert room.seen("@bob") == []
    room.settle()
    assert [one["command"] for one in room.team.audit()] == ["/status order-service"]


def test_a_time_in_a_question_is_on_the_sites_clock(room: Room) -> None:
    publish(room.team.store, replace(a_site(), timezone="Pacific/Auckland"))
    room.say("@alice", '/audit --since "2026-03-04 03:00"')
    room.word("@alice")
    room.settle()
    assert [one["command"] for one in room.team.audit()] == ["/audit --since 2026-03-04T03:00:00+13:00"]


def test_an_answer_stands_in_the_thread_in_which_it_was_asked_for(room: Room) -> None:
    top = room.say("@alice", "hm")
    room.say("@alice", "/approvals", thread=top)
    wait_until(lambda: bool(room.seen("@alice", thread=top)), 15)
    assert room.seen("@alice", thread=top)[0].post.text == "Nothing waits for approval."


def test_a_long_answer_is_cut_and_says_what_was_cut_and_what_shows_all(room: Room) -> None:
    for _ in range(40):
        room.team.ask("@erin", "approvals")
    room.say("@alice", "/audit --limit 40")
    word = room.word("@alice").post
    assert len(word.block.splitlines()) == 24
    assert "17 more lines were left out here. All of it, in a terminal: opsctl audit --limit 40" in word.text


def test_secrets_in_an_answer_are_masked(room: Room) -> None:
    room.team.ask("@erin", "logs order-service --grep password=hunter22")
    room.say("@alice", "/audit")
    word = room.word("@alice").post
    assert "hunter22" not in word.block + word.text
    assert "password=***" in word.block


def test_following_a_log_has_an_end_in_chat(room: Room) -> None:
    room.say("@alice", "/logs order-service --follow")
    assert "No lines in that time." in room.word("@alice").post.text


def test_a_dry_run_tells_what_would_happen(room: Room) -> None:
    room.say("@alice", "/deploy order-service v2.4.1 production --dry-run")
    word = room.word("@alice").post
    assert "It would change v2.4.0 → v2.4.1, 2 replicas, with approval from a team lead of @bob, @carol." in word.block
    assert room.team.store.operations() == []


def test_help_says_what_one_may_do_here(room: Room) -> None:
    room.say("@bob", "@opsctl help")
    word = room.word("@bob").post
    assert "deploy: staging: at once; production: with 1 approval by a lead of its team" in word.text
    assert "You may approve: deploy in production of order-service" in word.text
    assert "Usage: /COMMAND" in word.block
    room.say("@bob", "/help deploy")
    assert room.word("@bob").post.block.startswith("Usage: /deploy SERVICE VERSION ENVIRONMENT")


def test_a_stranger_may_look_and_not_change(room: Room) -> None:
    room.say("@mallory", "/deploy order-service v2.4.1 staging")
    room.settle()
    (operation,) = room.team.store.operations()
    assert operation.state is State.DENIED
    assert operation.person == "mallory"
    assert "does not know you" in room.message(f"{operation.id}/main").post.text


# confirmation


def test_the_requester_alone_is_asked_to_confirm(room: Room) -> None:
    operation = room.asked("@alice", "/scale order-service 3 production", State.AWAITING_CONFIRMATION)
    question = room.message(f"{operation.id}/confirm/")
    assert question.audience == "@alice"
    assert "Do you mean it?" in question.post.text
    room.press("@alice", question, Action.CONFIRM)
    room.until(operation, State.SUCCEEDED)
    room.settle()
    assert room.message(f"{operation.id}/confirm/").post.buttons == ()
    assert room.team.platform().wanted == 3


def test_nobody_else_can_confirm(room: Room) -> None:
    operation = room.asked("@alice", "/scale order-service 3 production", State.AWAITING_CONFIRMATION)
    room.press("@bob", room.message(f"{operation.id}/confirm/"), Action.CONFIRM)
    assert "Only @alice" in room.word("@bob").post.text
    assert room.team.state(operation.id) is State.AWAITING_CONFIRMATION


def test_who_does_not_mean_it_cancels(room: Room) -> None:
    operation = room.asked("@alice", "/scale order-service 3 production", State.AWAITING_CONFIRMATION)
    room.press("@alice", room.message(f"{operation.id}/confirm/"), Action.DECLINE)
    room.until(operation, State.CANCELLED)


def test_one_persons_lines_begin_in_the_order_in_which_they_were_said(room: Room) -> None:
    for version in ("v2.4.1", "v2.4.2", "v2.3.9", "v2.4.0"):
        room.say("@alice", f"/deploy order-service {version} staging")
    wait_until(lambda: len(room.team.store.operations()) == 4, 15)
    began = sorted(room.team.store.operations(), key=lambda one: room.team.store.entries(one.id)[0].seq)
    assert [one.command.split()[2] for one in began] == ["v2.4.1", "v2.4.2", "v2.3.9", "v2.4.0"]


def test_what_was_heard_late_does_not_undo_what_was_done_in_a_terminal_meanwhile(team: Colleagues) -> None:
    room = Room(team)
    team.platform("staging").has("v2.3.9", "v2.4.0")
    room.say("@alice", "/deploy order-service v2.4.1 staging")
    room.say("@alice", "/deploy api-gateway v2.4.1 staging")
    team.ask("@bob", "rollback order-service staging")
    with at_work(team):
        wait_until(lambda: team.platform("staging", "api-gateway").version == "v2.4.1")
        word = room.word("@alice").post.text
        room.settle()
    assert "Since then @bob asked for /rollback order-service staging in a terminal (op-" in word
    assert word.endswith("Nothing was done.\nSay it again if it is still wanted.")
    assert team.platform("staging").version == "v2.3.9"
