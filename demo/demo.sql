-- demo.sql: generators fitted to one half of the users, and what their output gives away
\pset footer off
\echo
\echo 'The interactions:'
SELECT users, items, interactions, round(mean_items::numeric, 1) AS mean_items, max_items
FROM synrec.summary(synrec.read('ratings'));

-- Half of the users are the originals; the other half, whom no generator ever
-- sees, are the fresh real people that every figure is read beside.
CREATE TABLE halves AS
SELECT train AS original, holdout AS fresh
FROM synrec.split_users(synrec.read('ratings'), share => 0.5, seed => 1);

\echo 'Fitting three generators to half of the users and making as many synthetic users with each ...'
CREATE TABLE models AS
SELECT place, name, synrec.fit(original, generator, seed => 1) AS model
FROM halves, least(20, (synrec.summary(original)).users / 20 + 1) AS k, LATERAL (VALUES
	(1, 'synthetic: unigrams', synrec.unigrams()),
	(2, 'synthetic: bigrams', synrec.bigrams()),
	(3, 'synthetic: clustering, k = ' || k, synrec.clustering(k => k))) AS g (place, name, generator);

CREATE TABLE released AS
SELECT 0 AS place, 'fresh real people (the reference)' AS name, fresh AS data FROM halves
UNION ALL
SELECT place, name, synrec.generate_interactions(model, (synrec.summary(original)).users, seed => 42)
FROM models, halves
UNION ALL
SELECT 4, 'the original users themselves', original FROM halves;

\echo
\echo 'Some synthetic interactions, in the columns of the original table:'
SELECT g.* FROM models, synrec.generate(NULL::ratings, model, users => 2, seed => 42) AS g
WHERE name ~ 'clustering' LIMIT 4;

\echo 'How identifiable the original users are by each set that could be released:'
SELECT r.name AS "released set",
	to_char(max(value) FILTER (WHERE measure = 'membership'), 'FM0.000') AS membership,
	to_char(max(value) FILTER (WHERE measure = 'deanonymization'), 'FM0.00000') AS deanonymization,
	to_char(max(value) FILTER (WHERE measure = 'attribute'), 'FM0.000') AS attribute,
	to_char(max(lift), 'FM990.00') AS "highest lift"
FROM halves AS h, released AS r, synrec.identifiability(h.original, r.data, h.fresh) AS i
GROUP BY r.place, r.name ORDER BY r.place;

\echo 'membership:      share of the original users to whom somebody in the released set is'
\echo '                 closer than every other original user is'
\echo 'deanonymization: what the 50 most similar released users tell about an original user (nats)'
\echo 'attribute:       share of hidden items of original users that are guessed with its help'
\echo 'highest lift:    the largest of the three, divided by what fresh real people score:'
\echo '                 up to 1, these attacks gain no more than from strangers'
\echo
\echo 'These are measurements of three attacks, not guarantees.'
