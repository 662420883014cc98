"""A workspace, what lies in it, what is sent, and the guarded kernel that it is sent to."""
