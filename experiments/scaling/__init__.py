"""How a training step scales over devices: measured, counted, and predicted (docs/scaling.md)."""
