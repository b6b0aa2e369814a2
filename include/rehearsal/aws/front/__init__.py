"""The front of the AWS side: every request on its way in and out."""
