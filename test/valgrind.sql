CREATE EXTENSION synrec;

CREATE TABLE ratings AS SELECT *, 'item ' || item_id AS item FROM synrec.rows(synrec.simulate(users => 60, items => 30));

CREATE TABLE sets AS SELECT synrec.read('ratings') AS data, synrec.interactions(user_id::text, item) AS texts FROM ratings;

CREATE TABLE groups AS SELECT item_id, synrec.interactions(user_id, item) AS data FROM ratings GROUP BY item_id;

SELECT (s).users FROM (SELECT synrec.summary(synrec.merge(data)) AS s FROM groups) AS g;

CREATE TABLE as_text (user_id text, item_id text);

SELECT count(*) FROM sets, synrec.rows(NULL::as_text, texts) AS r;

SELECT (synrec.summary(data OPERATOR(synrec.||) data)).items FROM sets;

SELECT data::text::synrec.interactions OPERATOR(synrec.=) data, synrec.interactions_hash(texts) FROM sets;

SELECT synrec.sample_users(data, 9) IS NULL, synrec.truncate_histories(texts, 2) IS NULL, synrec.filter_histories(data, 2, 2) IS NULL, (synrec.split_users(texts)).train IS NULL FROM sets;

CREATE TABLE models AS SELECT synrec.fit(d, g, 1) AS model FROM sets, unnest(ARRAY[data]) AS d, (VALUES (synrec.unigrams()), (synrec.bigrams()), (synrec.clustering(k => 4))) AS v (g);

INSERT INTO models SELECT synrec.fit(texts, g, 1) AS model FROM sets, (VALUES (synrec.unigrams()), (synrec.bigrams()), (synrec.clustering(k => 4))) AS v (g);

SELECT count(*) FROM sets, synrec.generate(synrec.fit(data, synrec.unigrams()), 50);

SELECT count(*) FROM models, synrec.generate(NULL::as_text, model, 50);

SELECT (synrec.summary(synrec.generate_interactions(model, 70))).users, synrec.describe(model) ->> 'method' FROM models;

SELECT synrec.membership_identifiability(data, synrec.sample_users(data, 20)), synrec.deanonymization_identifiability(texts, texts), synrec.attribute_identifiability(data, data) FROM sets;

SELECT count(*) FROM sets, synrec.membership_ranks(texts, texts);

SELECT i.measure FROM sets, synrec.identifiability(data, data) AS i;

SELECT synrec.assert_release(data, data, max_membership => 1) IS NULL FROM sets;

SELECT 'the end' AS reached;
