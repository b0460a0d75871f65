"""What an accelerator computes, and how fast, in the minutes that one is at hand."""
