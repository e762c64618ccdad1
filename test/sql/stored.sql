-- stored.sql: values that earlier versions of the format wrote are read as they were meant
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
\pset format unaligned

-- The name of each file of test/values is its type, the version of its format, and what it holds.
CREATE TEMP TABLE stored (name text DEFAULT current_setting('test.name'), value text);
SET test.name = 'interactions-1-integers';
\copy stored (value) FROM 'test/values/interactions-1-integers' CSV
SET test.name = 'interactions-1-texts';
\copy stored (value) FROM 'test/values/interactions-1-texts' CSV
SET test.name = 'interactions-1-mixed';
\copy stored (value) FROM 'test/values/interactions-1-mixed' CSV
SET test.name = 'interactions-1-empty';
\copy stored (value) FROM 'test/values/interactions-1-empty' CSV
SET test.name = 'interactions-2-events';
\copy stored (value) FROM 'test/values/interactions-2-events' CSV
SET test.name = 'interactions-3-ratings';
\copy stored (value) FROM 'test/values/interactions-3-ratings' CSV
SET test.name = 'interactions-3-events';
\copy stored (value) FROM 'test/values/interactions-3-events' CSV
SET test.name = 'model-1-unigrams';
\copy stored (value) FROM 'test/values/model-1-unigrams' CSV
SET test.name = 'model-1-bigrams';
\copy stored (value) FROM 'test/values/model-1-bigrams' CSV
SET test.name = 'model-1-clustering';
\copy stored (value) FROM 'test/values/model-1-clustering' CSV
SET test.name = 'model-3-cooccurrence';
\copy stored (value) FROM 'test/values/model-3-cooccurrence' CSV
SET test.name = 'model-3-fractal_expansion';
\copy stored (value) FROM 'test/values/model-3-fractal_expansion' CSV
SET test.name = 'model-3-identity_gan_flow';
\copy stored (value) FROM 'test/values/model-3-identity_gan_flow' CSV
SET test.name = 'model-3-identity_gan_mixture';
\copy stored (value) FROM 'test/values/model-3-identity_gan_mixture' CSV
SET test.name = 'model-3-private_cooccurrence';
\copy stored (value) FROM 'test/values/model-3-private_cooccurrence' CSV
SET test.name = 'model-3-time_gan_of_events';
\copy stored (value) FROM 'test/values/model-3-time_gan_of_events' CSV
SET test.name = 'model-3-topic_pairs';
\copy stored (value) FROM 'test/values/model-3-topic_pairs' CSV
SET test.name = 'model-3-topics';
\copy stored (value) FROM 'test/values/model-3-topics' CSV
SET test.name = 'model-3-vae';
\copy stored (value) FROM 'test/values/model-3-vae' CSV

-- What they were made of, and are equal to when it is made again.
CREATE TEMP TABLE rows (user_id bigint, item_id bigint);
INSERT INTO rows VALUES (-3, 40), (-3, 50), (7, 10), (7, 40), (7, 50), (9000000000, 50), (11, 50), (12, 50), (12, 10), (13, 40), (13, 50), (14, 10), (14, 40);
CREATE TEMP TABLE sets AS SELECT name, value::synrec.interactions AS data FROM stored WHERE name ~ '^interactions';
CREATE TEMP TABLE again AS
SELECT 'interactions-1-integers' AS name, synrec.interactions(user_id, item_id) AS data FROM rows
UNION ALL
SELECT 'interactions-1-texts', synrec.interactions('u' || user_id, CASE item_id WHEN 10 THEN U&'p\00E3o de queijo' WHEN 40 THEN U&'caf\00E9' ELSE 'Tee' END) FROM rows
UNION ALL
SELECT 'interactions-1-mixed', synrec.interactions(user_id, 'i' || item_id) FROM rows
UNION ALL
SELECT 'interactions-2-events', synrec.sequences(user_id, item_id, timestamptz '2024-01-01 00:00:00+00' + user_id % 10 * interval '1 day') FROM rows
UNION ALL
SELECT 'interactions-3-ratings', synrec.ratings(user_id, item_id, (item_id % 9) * 0.5) FROM rows
UNION ALL
SELECT 'interactions-3-events', synrec.sequences('u' || user_id, item_id, -item_id, user_id - 0.25) FROM rows
UNION ALL
SELECT 'interactions-1-empty', synrec.interactions(1, 1) FILTER (WHERE false);
SELECT name, (s.summary).users, (s.summary).items, (s.summary).interactions, (s.summary).key_types, s.data = a.data AS equal
FROM (SELECT name, data, synrec.summary(data) FROM sets) AS s JOIN again AS a USING (name) ORDER BY name;
SELECT r.* FROM sets, synrec.rows(data) AS r WHERE name = 'interactions-1-integers';

-- What the models say of themselves.
CREATE TEMP TABLE models AS SELECT name, value::synrec.model AS model FROM stored WHERE name ~ '^model';
SELECT name, d ->> 'method' AS method, d ->> 'options' AS options, d ->> 'seed' AS seed, d ->> 'version' AS version,
	d ->> 'users' AS users, d ->> 'items' AS items, d ->> 'interactions' AS interactions, d ->> 'pairs' AS pairs, d ->> 'cluster_sizes' AS cluster_sizes
FROM models, synrec.describe(model) AS d ORDER BY name;

-- They generate users who have their items, each once, and histories of their lengths.
CREATE TEMP TABLE as_text (user_id text, item_id text);
CREATE TEMP TABLE generated AS SELECT name, g.user_id, g.item_id FROM models, synrec.generate(NULL::as_text, model, 500, 3) AS g;
SELECT name, count(DISTINCT user_id) AS users, string_agg(DISTINCT item_id, ' ') AS items, count(DISTINCT (user_id, item_id)) = count(*) AS sets
FROM generated GROUP BY name ORDER BY name;
SELECT name, string_agg(DISTINCT items::text, ' ') AS lengths FROM (SELECT name, count(*) AS items FROM generated GROUP BY name, user_id) AS h
GROUP BY name ORDER BY name;

-- One holds ratings and times, too.
CREATE TEMP TABLE events (user_id text, item_id bigint, rating real, at bigint);
SELECT name, count(rating) = count(*) AS rated, bool_and(rating BETWEEN 0.5 AND 4.5) AS in_range, count(at) = count(*) AS timed
FROM models, synrec.generate(NULL::events, model, 500, '{}', 3, rating_column => 'rating', at_column => 'at') AS g WHERE name ~ 'events' GROUP BY name;
