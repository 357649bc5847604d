"""Processes of a test's own, forked from it."""

import os
import traceback


def started(run):
    """A process that runs `run` and ends; its pid."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        run()
        code = 0
    except BaseException:  # noqa: BLE001 - a forked test must not go on as a second test run
        traceback.print_exc()
    finally:
        os._exit(code)


def ended(pid):
    """Its exit code, or the negated signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def in_processes(count, run):
    """What `run(n)` returns as text in each of `count` processes that start in the same moment."""
    gate, opener = os.pipe()
    answers, answer = os.pipe()

    def one(n):
        os.close(opener)
        os.read(gate, 1)
        os.write(answer, f"{n} {run(n)}\n".encode())

    pids = [started(lambda n=n: one(n)) for n in range(count)]
    for end in (gate, opener, answer):
        os.close(end)
    assert [ended(pid) for pid in pids] == [0] * count
    with os.fdopen(answers, encoding="utf-8") as lines:
        return dict(line.rstrip("\n").split(" ", 1) for line in lines)
