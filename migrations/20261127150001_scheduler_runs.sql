ALTER TABLE scheduler_jobs
  ADD COLUMN lease_until DATETIME(6) NULL COMMENT 'who runs it moves this ahead; while it is not over nobody else starts it',
  ADD COLUMN runs BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'number of the last run: a run that lost its lease ends nothing',
  ADD COLUMN done BIGINT UNSIGNED NULL COMMENT 'how many things the last run that went well did',
  ADD COLUMN duration_ms BIGINT UNSIGNED NULL COMMENT 'of the last run',
  ADD COLUMN succeeded_at DATETIME(6) NULL,
  ADD COLUMN failures INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'in a row, up to the last run';
