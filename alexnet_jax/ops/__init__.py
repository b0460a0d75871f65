"""The operations of the 2012 net as pure functions on channel-last float arrays [b h w c].

Towers on one device lie side by side in the channels, tower 0 first; parameters of tower-wise
layers carry a leading axis `tower`. Each operation is written for XLA's CPU compiler where the
textbook formulation is several times slower there, with its own gradient where autodiff's is slow.
"""
