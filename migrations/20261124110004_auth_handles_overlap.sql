ALTER TABLE auth_handles
  ADD COLUMN valid_until DATETIME(6) NULL COMMENT 'a rotated handle that works until then; NULL: no end';
