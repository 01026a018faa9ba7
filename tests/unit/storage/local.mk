# No unit tests here yet.
