ALTER TABLE admin_sessions
  ADD COLUMN id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE,
  ADD COLUMN last_used_at DATETIME(6) NULL COMMENT 'to the minute; an idle session ends',
  ADD COLUMN address VARCHAR(45) NULL COMMENT 'where it was opened',
  ADD COLUMN user_agent VARCHAR(255) NULL;
