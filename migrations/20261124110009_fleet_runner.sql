ALTER TABLE fleet
  ADD COLUMN runner_state VARCHAR(8) NULL COMMENT 'ok or fail',
  ADD COLUMN runner_last_ok DATETIME(6) NULL,
  ADD COLUMN runner_last_fail DATETIME(6) NULL,
  ADD COLUMN runner_last_check DATETIME(6) NULL COMMENT 'last time the runner answered';
