-- Terms with a_ in front are those that do not depend on the scope; each is there once.
INSERT INTO memory_words (word, scope, memory_id)
SELECT DISTINCT SUBSTR(j.term, 3), m.scope, m.id
FROM memory_terms t
JOIN memories m ON m.id = t.memory_id AND m.deleted_at IS NULL
JOIN JSON_TABLE(CONCAT('["', REPLACE(TRIM(t.terms), ' ', '","'), '"]'), '$[*]' COLUMNS (term VARCHAR(84) CHARACTER SET ascii PATH '$')) j
WHERE LEFT(j.term, 2) = 'a_' AND LENGTH(j.term) <= 50;
