"""A shell script as simple commands: enough of bash's grammar to know what a script does."""
