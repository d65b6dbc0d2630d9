ALTER TABLE fleet
  ADD COLUMN client_reported VARCHAR(64) NULL COMMENT 'the highest Codex among hosts',
  ADD COLUMN client_reported_rank BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'the same as a number that sorts as versions do';
