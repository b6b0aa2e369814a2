"""Objects and their rules: store, kinds, defaults, validation, selectors, deletion."""
