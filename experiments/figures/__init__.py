"""The paper's figures, drawn from data: functions from numbers to matplotlib figures."""
