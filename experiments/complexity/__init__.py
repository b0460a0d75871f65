"""What a net costs: parameters, multiply-adds and activations by arithmetic, and a compiled step's
memory and speed. The page is docs/complexity.md."""
