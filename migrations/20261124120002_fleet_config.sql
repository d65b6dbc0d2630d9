ALTER TABLE fleet
  ADD COLUMN config_version BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'the current configuration; 0 = none';
