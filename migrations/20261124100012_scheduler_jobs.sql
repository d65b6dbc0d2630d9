CREATE TABLE scheduler_jobs (
  name VARCHAR(32) NOT NULL,
  due_at DATETIME(6) NOT NULL COMMENT 'moved ahead by the instance that takes the run: nobody else takes it',
  started_at DATETIME(6) NULL,
  ended_at DATETIME(6) NULL,
  error VARCHAR(500) NULL COMMENT 'of the last run; NULL: it went well',
  PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
