DROP TABLE memory_terms;
