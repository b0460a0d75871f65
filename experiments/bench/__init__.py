"""How fast it is on this machine, beside what one would use instead (docs/performance.md)."""
