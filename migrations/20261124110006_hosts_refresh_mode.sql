ALTER TABLE hosts
  ADD COLUMN refresh_mode_override VARCHAR(16) NULL COMMENT 'broker or direct; NULL: the fleet''s';
