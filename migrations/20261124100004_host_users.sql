CREATE TABLE host_users (
  host_id BIGINT UNSIGNED NOT NULL,
  username VARCHAR(255) NOT NULL,
  hostname VARCHAR(255) NULL,
  first_seen DATETIME(6) NOT NULL,
  last_seen DATETIME(6) NOT NULL,
  PRIMARY KEY (host_id, username),
  CONSTRAINT host_users_host FOREIGN KEY (host_id) REFERENCES hosts (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'who runs cdx on a host, as the host says';
