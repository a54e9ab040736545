"""Learners: hyperparameters, schedules, PPO on the CPU and on the device."""
