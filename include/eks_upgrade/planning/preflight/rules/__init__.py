"""The rules that a plan is judged by: each returns problems, or sentences of warning."""
