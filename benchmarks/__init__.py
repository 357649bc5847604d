"""The budgets of docs/performance.md, measured: every figure is a ratio to a reference in the same run."""
