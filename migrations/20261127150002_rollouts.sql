CREATE TABLE rollouts (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  version VARCHAR(64) NOT NULL,
  base_version VARCHAR(64) NULL COMMENT 'what everybody else ran when it started',
  percent TINYINT UNSIGNED NULL COMMENT 'who gets it: so many hosts of a hundred, or ...',
  tag VARCHAR(32) NULL COMMENT '... the hosts with this tag',
  state VARCHAR(16) NOT NULL COMMENT 'running, stopped, replaced or finished',
  started_at DATETIME(6) NOT NULL,
  started_by VARCHAR(255) NOT NULL,
  ended_at DATETIME(6) NULL,
  ended_by VARCHAR(255) NULL,
  reason VARCHAR(500) NULL COMMENT 'why it ended',
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'every roll-out of a Codex version; the running one is also in fleet';
