ALTER TABLE admin_tokens
  ADD COLUMN last_used_at DATETIME(6) NULL COMMENT 'to the minute';
