"""Signals are noted once, then act as before."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from alexnet_jax.signals import ASKING, stop_signals


@pytest.mark.parametrize("number", ASKING, ids=lambda x: x.name)
def test_a_signal_is_noted(number):
    with stop_signals() as stop:
        assert stop == []
        os.kill(os.getpid(), number)
        assert stop == [number]


def test_terminals_schedulers_and_people_are_heard():
    names = {number.name for number in ASKING}
    assert names >= {"SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGXCPU"}


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


def test_a_second_one_acts_as_usual():
    with pytest.raises(KeyboardInterrupt), stop_signals():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)


def test_handlers_are_put_back():
    before = signal.getsignal(signal.SIGTERM)
    with stop_signals():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
