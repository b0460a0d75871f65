"""Signals are noted once, then act as before."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from jax.experimental import multihost_utils

from alexnet_jax import signals
from alexnet_jax.signals import ASKING, stop_signals


@pytest.fixture(autouse=True)
def heard():
    """No signal is ignored before a test, nor after one."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in ASKING}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ASKING, ids=lambda x: x.name)
def test_a_signal_is_noted(number):
    with stop_signals() as stop:
        assert stop == []
        os.kill(os.getpid(), number)
        assert stop == [number]


def test_terminals_schedulers_and_people_are_heard():
    names = {number.name for number in ASKING}
    assert names >= {"SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGXCPU"}
    assert names >= {"SIGALRM", "SIGVTALRM", "SIGPROF", "SIGPWR"}


def test_what_nohup_ignores_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_signals() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert stop == []
    finally:
        signal.signal(signal.SIGHUP, before)


def test_outside_the_main_thread_nothing_is_heard_and_nothing_breaks():
    def inside():
        with stop_signals() as stop:
            return stop

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(inside).result() == []


def test_a_second_one_acts_as_usual(monkeypatch):
    monkeypatch.setattr(signals, "TOGETHER", 0.0)
    with pytest.raises(KeyboardInterrupt), stop_signals():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("others", [["SIGINT"] * 3, ["SIGCONT", "SIGHUP"], ["SIGTERM", "SIGUSR1"]])
def test_what_comes_together_is_one_wish(others):
    """As `uv run`, mpirun, `timeout`, systemd and a terminal that is closed send them."""
    with stop_signals() as stop:
        for number in (signal.SIGINT, *(getattr(signal, name) for name in others)):
            os.kill(os.getpid(), number)
        assert stop == [signal.SIGINT]


def test_the_limit_on_seconds_of_cpu_speaks_each_second_and_is_heard_once(monkeypatch):
    """Until the last line is written, which may be after the block; the kernel then kills."""
    monkeypatch.setattr(signals, "TOGETHER", 0.0)
    with stop_signals() as stop:
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGXCPU)
        assert stop == [signal.SIGXCPU]
    os.kill(os.getpid(), signal.SIGXCPU)


def test_a_timer_that_the_shell_has_set_is_heard():
    """perl -e 'alarm 3600; exec @ARGV' alexnet-jax train ...: the poor man's timeout."""
    with stop_signals() as stop:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        end = time.monotonic() + 30
        while not stop and time.monotonic() < end:
            time.sleep(0.01)
        assert stop == [signal.SIGALRM]


def test_handlers_are_put_back():
    before = signal.getsignal(signal.SIGTERM)
    with stop_signals():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_processes_agree_on_a_step_inside_a_program_of_several(monkeypatch):
    """JAX says yes at one step only, which it chooses among those that no process is past."""
    asked = []

    def reached(step):
        asked.append(step)
        return step == 7

    monkeypatch.setattr(multihost_utils, "reached_preemption_sync_point", reached)
    monkeypatch.setattr(signals, "several", lambda: True)
    with signals.stop_asked() as stop:
        assert [stop.after(step) for step in (3, 4, 6, 9, 10)] == [None] * 3 + [15, None]
    assert asked == [*range(3, 11)]
