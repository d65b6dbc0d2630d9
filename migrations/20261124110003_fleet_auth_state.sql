ALTER TABLE fleet
  ADD COLUMN auth_state VARCHAR(16) NOT NULL DEFAULT 'ok' COMMENT 'ok, uncertain or needs_login',
  ADD COLUMN auth_state_code VARCHAR(64) NULL COMMENT 'why, when it is not ok',
  ADD COLUMN auth_state_at DATETIME(6) NULL,
  ADD COLUMN refresh_mode VARCHAR(16) NOT NULL DEFAULT 'broker' COMMENT 'broker: hosts get handles; direct: hosts get the refresh token itself';
