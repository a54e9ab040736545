"""Training, evaluation and benchmarks of controllers."""
