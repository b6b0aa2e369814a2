"""The room that talks to AWS: clients, reading facts, translating errors."""
