CREATE TABLE signing_keys (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  fingerprint CHAR(64) NOT NULL COMMENT 'SHA-256 of public_pem, hex',
  public_pem VARCHAR(255) NOT NULL COMMENT 'as hosts have it in signer.pem, to the byte',
  private_sealed VARCHAR(500) NULL COMMENT 'secretbox of the PKCS #8 document in base64; NULL: a newer key signs',
  endorsement VARBINARY(80) NULL COMMENT 'signature of the key before over public_pem; NULL: the first',
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY signing_keys_fingerprint (fingerprint)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'ECDSA P-256 keys that sign cdx; the newest row signs';
