"""How fast, beside what a user would pick instead: `python -m benchmarks` measures and rewrites docs/benchmarks.md."""
