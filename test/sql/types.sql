-- types.sql: the values themselves: text and binary form, equality, hashing, the domain
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
\pset format unaligned
\x

-- Equality, with values made in different ways and from different rows.
CREATE TEMP TABLE sets (name text, data synrec.interactions);
INSERT INTO sets
SELECT 'forwards', synrec.interactions(u, i) FROM (VALUES (1, 10), (1, 20), (2, 10)) AS v (u, i)
UNION ALL
SELECT 'backwards', synrec.interactions(u, i) FROM (VALUES (2, 10), (1, 20), (1, 10)) AS v (u, i)
UNION ALL
SELECT 'another item', synrec.interactions(u, i) FROM (VALUES (1, 10), (1, 30), (2, 10)) AS v (u, i)
UNION ALL
SELECT 'text', synrec.interactions(u::text, i::text) FROM (VALUES (1, 10), (1, 20), (2, 10)) AS v (u, i)
UNION ALL
SELECT 'empty', synrec.interactions(1, 1) FILTER (WHERE false);

SELECT a.data = b.data AS "the order of rows leaves no trace",
	a.data <> b.data AS "<> of the same value",
	a.data = c.data AS "= of another value",
	a.data <> c.data AS "<> of another value",
	a.data = t.data AS "integers equal texts",
	a.data = NULL IS NULL AS "= of NULL is NULL",
	synrec.interactions_hash(a.data) = synrec.interactions_hash(b.data) AS "hashes of equal values agree",
	synrec.interactions_hash(a.data) <> synrec.interactions_hash(c.data) AS "hashes of others differ",
	synrec.interactions_hash_extended(a.data, 0) & 4294967295
		= synrec.interactions_hash(a.data)::bigint & 4294967295 AS "the hash of seed 0 is the plain one",
	synrec.interactions_hash_extended(a.data, 1) <> synrec.interactions_hash_extended(a.data, 2)
		AS "the seed of a hash matters"
FROM sets AS a, sets AS b, sets AS c, sets AS t
WHERE (a.name, b.name, c.name, t.name) = ('forwards', 'backwards', 'another item', 'text');

-- The hash operator class.
SELECT (SELECT count(*) FROM (SELECT DISTINCT data FROM sets) AS d) AS "different values",
	(SELECT count(*) FROM (SELECT data FROM sets UNION SELECT data FROM sets) AS d) AS "after UNION",
	(SELECT count(*) FROM (SELECT data FROM sets INTERSECT SELECT data FROM sets WHERE name = 'text') AS d)
		AS "after INTERSECT",
	(SELECT string_agg(count::text, ' ' ORDER BY count) FROM (SELECT count(*) FROM sets GROUP BY data) AS g)
		AS "rows per group",
	(SELECT count(*) FROM sets AS a JOIN sets AS b USING (data)) AS "pairs in a join";
CREATE INDEX sets_by_data ON sets USING hash (data);
SET enable_seqscan = off;
SELECT string_agg(name, ', ' ORDER BY name) AS "found by a hash index"
FROM sets WHERE data = (SELECT data FROM sets WHERE name = 'backwards');
RESET enable_seqscan;

-- Text form: lossless, and the same bytes as the binary form.
SELECT bool_and(data::text::synrec.interactions = data) AS "text form is lossless",
	bool_and(data::text = synrec.interactions_send(data)::text) AS "text form is the binary form",
	bool_and(data::text ~ '^\\x[0-9a-f]+$') AS "text form is hexadecimal",
	bool_and(upper(substr(data::text, 3)) <> substr(data::text, 3)
			 AND ('\x' || upper(substr(data::text, 3)))::synrec.interactions = data) AS "capital digits are read too"
FROM sets;

-- Text and binary form by COPY, which is what pg_dump does.
\copy (SELECT name, data FROM sets) TO 'build/regress/sets.copy'
\copy (SELECT name, data FROM sets) TO 'build/regress/sets.binary' (FORMAT binary)
CREATE TEMP TABLE copied (LIKE sets);
\copy copied FROM 'build/regress/sets.copy'
\copy copied FROM 'build/regress/sets.binary' (FORMAT binary)
SELECT count(*) AS "rows in", count(*) FILTER (WHERE s.data = c.data) AS "rows out"
FROM sets AS s JOIN copied AS c USING (name);

-- Models are equal when they generate the same, however long fitting took.
CREATE TEMP TABLE models (name text, model synrec.model);
INSERT INTO models
SELECT 'a model', synrec.fit(data, synrec.unigrams(), 1) FROM sets WHERE name = 'forwards'
UNION ALL
SELECT 'fitted again', synrec.fit(data, synrec.unigrams(), 1) FROM sets WHERE name = 'backwards'
UNION ALL
SELECT 'another seed', synrec.fit(data, synrec.unigrams(), 2) FROM sets WHERE name = 'forwards'
UNION ALL
SELECT 'text items', synrec.fit(data, synrec.unigrams(), 1) FROM sets WHERE name = 'text';
SELECT a.model = b.model AS "fitted twice, equal",
	a.model <> b.model AS "<> of the same model",
	a.model = c.model AS "= of another seed",
	a.model = t.model AS "= of other items",
	synrec.model_hash(a.model) = synrec.model_hash(b.model) AS "hashes of equal models agree",
	synrec.model_hash(a.model) <> synrec.model_hash(c.model) AS "hashes of others differ",
	synrec.model_hash_extended(a.model, 7) = synrec.model_hash_extended(b.model, 7) AS "so with a seed"
FROM models AS a, models AS b, models AS c, models AS t
WHERE (a.name, b.name, c.name, t.name) = ('a model', 'fitted again', 'another seed', 'text items');
SELECT (SELECT count(*) FROM (SELECT DISTINCT model FROM models) AS d) AS "different models",
	bool_and(model::text::synrec.model = model) AS "text form is lossless",
	bool_and(model::text = synrec.model_send(model)::text) AS "text form is the binary form"
FROM models;
\copy (SELECT name, model FROM models) TO 'build/regress/models.binary' (FORMAT binary)
CREATE TEMP TABLE copied_models (LIKE models);
\copy copied_models FROM 'build/regress/models.binary' (FORMAT binary)
SELECT count(*) FILTER (WHERE m.model = c.model) AS "models out"
FROM models AS m JOIN copied_models AS c USING (name);

-- How values are stored: apart from the row, never compressed.
SELECT typname, typstorage AS storage, typalign AS alignment, typlen AS length
FROM pg_type WHERE oid IN ('synrec.interactions'::regtype, 'synrec.model'::regtype) ORDER BY typname;
CREATE TEMP TABLE stored AS SELECT synrec.interactions(1, i) AS data FROM generate_series(1, 10000) AS i;
SELECT pg_column_compression(data) IS NULL AS "not compressed",
	pg_column_size(data) >= (synrec.summary(data)).bytes - 8 AS "as large as it is",
	synrec.interactions_hash(data) = synrec.interactions_hash(data || data) AS "hashed where it lies",
	data = data || data AS "compared where it lies"
FROM stored;

-- A value in a column of its own type with a length word of one byte.
CREATE TEMP TABLE short (data synrec.interactions);
INSERT INTO short SELECT synrec.interactions(1, 1) FILTER (WHERE false);
SELECT pg_column_size(data) < (synrec.summary(data)).bytes AS "stored short",
	(synrec.summary(data)).users AS users, data = s.empty AS "equal",
	synrec.interactions_hash(data) = synrec.interactions_hash(s.empty) AS "same hash"
FROM short, (SELECT data AS empty FROM sets WHERE name = 'empty') AS s;

-- The domain generator looks at structure only.
CREATE FUNCTION pg_temp.accepts(candidate text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM candidate::jsonb::synrec.generator;
	RETURN true;
EXCEPTION WHEN check_violation THEN
	RETURN false;
END $$;
SELECT pg_temp.accepts('{"method": "unigrams"}') AS "a method",
	pg_temp.accepts('{"method": "unigrams", "k": 5}') AS "an option",
	pg_temp.accepts('{"method": "of a later version", "k": {"a": [1]}}') AS "what only a later version knows",
	pg_temp.accepts('{"k": 5}') AS "no method",
	pg_temp.accepts('{"method": 5}') AS "a number as method",
	pg_temp.accepts('{"method": null}') AS "null as method",
	pg_temp.accepts('{}') AS "an empty object",
	pg_temp.accepts('[{"method": "unigrams"}]') AS "an array",
	pg_temp.accepts('"unigrams"') AS "a string",
	pg_temp.accepts('null') AS "a JSON null";
SELECT synrec.unigrams() AS unigrams, pg_typeof(synrec.unigrams()) AS type;
