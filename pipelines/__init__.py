"""How things are made: a folder is a task, a file is a way of doing it. The only room that knows torch."""
