"""Auto Scaling groups: what people hang on them, and what they say of their activities."""
