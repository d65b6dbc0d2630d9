ALTER TABLE audit
  ADD COLUMN seq BIGINT UNSIGNED NULL COMMENT 'place in the chain, without gaps; NULL: written before there was one',
  ADD COLUMN actor_kind VARCHAR(16) NULL COMMENT 'token, certificate, open, host, link or system',
  ADD COLUMN before_json LONGTEXT NULL COMMENT 'JSON, never a secret',
  ADD COLUMN after_json LONGTEXT NULL COMMENT 'JSON, never a secret',
  ADD COLUMN request_id VARCHAR(32) NULL,
  ADD COLUMN address VARCHAR(45) NULL,
  ADD COLUMN hash BINARY(32) NULL COMMENT 'HMAC-SHA-256 over the hash before it and this row',
  MODIFY COLUMN details LONGTEXT NULL COMMENT 'of entries before the chain',
  ADD UNIQUE KEY audit_seq (seq),
  ADD KEY audit_actor (actor, id),
  ADD KEY audit_action (action, id),
  ADD KEY audit_target (target, id),
  ADD KEY audit_created (created_at);
