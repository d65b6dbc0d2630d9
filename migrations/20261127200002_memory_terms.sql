CREATE TABLE memory_terms (
  memory_id BIGINT UNSIGNED NOT NULL COMMENT 'memories.id of one that is not deleted',
  terms MEDIUMTEXT NOT NULL COMMENT 'its words and tags, each with its scope in front: shared/src/memories/terms.rs',
  PRIMARY KEY (memory_id),
  FULLTEXT KEY memory_terms_terms (terms)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin COMMENT 'the search index of memories';
