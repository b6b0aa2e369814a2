"""Checks of the preflight: Auto Scaling groups, and what adds and removes nodes by itself."""
