ALTER TABLE host_keys
  ADD COLUMN valid_until DATETIME(6) NULL COMMENT 'a rotated key that works until then; NULL: no end';
