CREATE TABLE alert_conditions (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  kind VARCHAR(32) NOT NULL,
  subject VARCHAR(255) NOT NULL COMMENT 'what it is about: a host, a job, a window',
  summary VARCHAR(500) NOT NULL,
  details TEXT NOT NULL COMMENT 'JSON, without secrets and personal data',
  opened_at DATETIME(6) NOT NULL,
  ended_at DATETIME(6) NULL,
  open_marker TINYINT(1) NULL COMMENT '1 while it is open, then NULL: of each kind and subject one is open',
  PRIMARY KEY (id),
  UNIQUE KEY alert_conditions_open (kind, subject, open_marker),
  KEY alert_conditions_marker (open_marker, id),
  KEY alert_conditions_ended (ended_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'states that operators want to hear of, from when to when';
