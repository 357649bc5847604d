import os
import subprocess
import sys
from dataclasses import replace

import pytest

from opsctl.core.holder import Holder


@pytest.fixture
def child():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def test_a_holder_reads_back_what_it_wrote():
    me = Holder.me()
    assert Holder.parse(str(me)) == me


def test_this_process_is_not_dead():
    assert not Holder.me().is_dead()


def test_a_process_is_dead_once_it_ended(child):
    holder = Holder.of(child.pid)
    assert not holder.is_dead()
    child.kill()
    child.communicate()
    assert holder.is_dead()


def test_a_killed_process_is_dead_although_nobody_waited_for_it(child):
    holder = Holder.of(child.pid)
    child.kill()
    # Waits until it is a zombie, and leaves it one.
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert holder.is_dead()


def test_a_pid_that_was_given_to_another_process_does_not_keep_the_first_alive(child):
    assert replace(Holder.of(child.pid), started=Holder.of(child.pid).started - 1).is_dead()


def test_a_process_of_an_earlier_boot_of_this_host_is_dead():
    assert replace(Holder.me(), boot="550e8400-e29b-41d4-a716-446655440000", machine=Holder.me().machine).is_dead() is (
        Holder.me().machine != "-"
    )


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"host": "another", "boot": "other"},
        {"machine": "0" * 32, "boot": "other"},
        {"namespace": "1", "pid": 1 << 22},
        {"host": "another", "pid": 1 << 22},
        {"boot": "-", "pid": 1 << 22},
        {"namespace": "-", "pid": 1 << 22},
    ],
)
def test_a_process_out_of_sight_is_not_known_dead(elsewhere):
    assert not replace(Holder.me(), **elsewhere).is_dead()


@pytest.mark.parametrize("text", ["", "-", "4711", "a/b/c/d/e/f", "a/b/c/d/-1/2", "a//c/d/1/2", "a/b/c/d/1/2/3"])
def test_other_text_is_no_holder(text):
    assert Holder.parse(text) is None


def test_a_process_that_is_not_there_has_no_holder(child):
    child.kill()
    child.communicate()
    with pytest.raises(ProcessLookupError):
        Holder.of(child.pid)
