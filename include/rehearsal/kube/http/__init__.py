"""What HTTP carries: one request, one answer, their routes and bodies, the listening socket."""
