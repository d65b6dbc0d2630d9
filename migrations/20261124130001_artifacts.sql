CREATE TABLE artifacts (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  kind VARCHAR(16) NOT NULL COMMENT 'agents, command or skill',
  name VARCHAR(255) NOT NULL COMMENT 'as it was first given',
  name_key VARCHAR(255) NOT NULL COMMENT 'in lower case: names that differ only in case are one',
  version INT UNSIGNED NOT NULL COMMENT 'the current one',
  retired_at DATETIME(6) NULL COMMENT 'since when it reaches no host',
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY artifacts_name (kind, name_key)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'AGENTS.md, slash commands and skills';
