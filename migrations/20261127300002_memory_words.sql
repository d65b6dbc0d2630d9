CREATE TABLE memory_words (
  word VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'a word or a tag: shared/src/memories/words.rs',
  scope VARCHAR(64) NOT NULL COMMENT 'as in memories',
  memory_id BIGINT UNSIGNED NOT NULL COMMENT 'memories.id of one that is not deleted',
  PRIMARY KEY (word, scope, memory_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'which memories have a word: the search index';
