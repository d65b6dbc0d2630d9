CREATE TABLE audit_head (
  id TINYINT UNSIGNED NOT NULL,
  seq BIGINT UNSIGNED NOT NULL COMMENT 'of the newest entry; 0: none',
  hash BINARY(32) NOT NULL COMMENT 'of the newest entry',
  key_sealed VARCHAR(255) NULL COMMENT 'secretbox of the key of the chain: who can only write the database cannot forge it',
  PRIMARY KEY (id),
  CONSTRAINT audit_head_one_row CHECK (id = 1)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'end of the audit chain; locked while one is appended';
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, REPEAT(CHAR(0), 32));
