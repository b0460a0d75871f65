"""Signals are noted once, then act as before."""

import os
import signal

import pytest

from alexnet_jax.signals import stop_signals


def test_a_signal_is_noted():
    with stop_signals() as stop:
        assert stop == []
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop == [signal.SIGTERM]


def test_a_second_one_acts_as_usual():
    with pytest.raises(KeyboardInterrupt), stop_signals():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)


def test_handlers_are_put_back():
    before = signal.getsignal(signal.SIGTERM)
    with stop_signals():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
