-- demo.sql: a generator fitted to one half of the users, and what its output gives away
\pset footer off
\echo
\echo 'The interactions:'
SELECT users, items, interactions, round(mean_items::numeric, 1) AS mean_items, max_items
FROM synrec.summary(synrec.read('ratings'));

-- Half of the users are the originals; the other half, whom the generator
-- never sees, are the fresh real people that every figure is read beside.
CREATE TABLE halves AS
SELECT train AS original, holdout AS fresh
FROM synrec.split_users(synrec.read('ratings'), share => 0.5, seed => 1);

CREATE TABLE models AS
SELECT synrec.fit(original, synrec.unigrams(), seed => 1) AS model FROM halves;

CREATE TABLE synthetic AS
SELECT synrec.generate_interactions(model, users => (synrec.summary(original)).users, seed => 42) AS data
FROM models, halves;

CREATE TABLE ratings_synthetic AS
SELECT g.* FROM models, synrec.generate(NULL::ratings, model, users => 5, seed => 42) AS g;

\echo 'Some synthetic interactions, in the columns of the original table:'
SELECT * FROM ratings_synthetic LIMIT 5;

\echo 'How identifiable are the original users?  Share of them to whom a member of the'
\echo 'released set is closer than every other original user is (membership, k = 1):'
SELECT r.released, (synrec.summary(r.data)).users,
	to_char(synrec.membership_identifiability(h.original, r.data), '0.000') AS membership,
	r.reads_as
FROM halves AS h, LATERAL (
	VALUES (1, 'the original users themselves', h.original, 'the worst there is'),
		(2, 'fresh real people', h.fresh, 'the reference: people like them'),
		(3, 'synthetic users (unigrams)', (SELECT data FROM synthetic), 'compare with the reference')
) AS r (place, released, data, reads_as)
ORDER BY r.place;

\echo 'A figure below the reference means: the synthetic users are no closer to the'
\echo 'originals than strangers are.  It is a measurement of one attack, not a guarantee.'
