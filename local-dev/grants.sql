-- Run once, when the image sets the database up: a backup is tried in a schema of its own, which is made and removed for that.
GRANT ALL ON `codex\_auth\_verify\_%`.* TO codex;
