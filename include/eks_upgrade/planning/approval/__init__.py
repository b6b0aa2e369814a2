"""What a person is asked before a step of an upgrade, and what their answer is worth. Pure."""
