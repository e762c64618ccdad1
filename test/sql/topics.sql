-- topics.sql: topics() and topic_pairs(), what they say about themselves, and options of generating
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
\pset format unaligned
\x

-- Three kinds of users; items 1 to 20, 21 to 40 and 41 to 60, the first ones of each more popular.
CREATE TEMP TABLE kinds AS
SELECT DISTINCT u AS user_id, 'item ' || lpad((u % 3 * 20 + 1 + (u * 7 + i * i * 3 + u * i) % 20 * ((u + i) % 4) / 3)::text, 2, '0') AS item_id
FROM generate_series(1, 600) AS u, generate_series(1, 6 + u % 5) AS i;
CREATE TEMP TABLE as_text (user_id text, item_id text);
CREATE TEMP TABLE data AS SELECT synrec.interactions(user_id, item_id) AS data FROM kinds;
CREATE TEMP TABLE models AS
SELECT name, synrec.fit(data, generator, 3) AS model FROM data,
	(VALUES ('topics', synrec.topics(3, 3, holdout => 0.2)), ('topic_pairs', synrec.topic_pairs(3, 3, holdout => 0.2))) AS g (name, generator);

-- Topics are about kinds: each one's first items are all of one, and every kind has one.
CREATE TEMP TABLE tops AS SELECT name, t.* FROM models, synrec.topics_of(model, items => 4) AS t;
SELECT name, count(*) AS rows, count(DISTINCT topic) AS topics, min(topic) AS first, max(topic) AS last, min(rank) AS "first rank", max(rank) AS "last rank",
	bool_and(item_key IN (SELECT item_id FROM kinds)) AS "items that there are", bool_and(probability > 0 AND probability <= 1) AS probabilities
FROM tops GROUP BY name ORDER BY name;
SELECT name, count(*) AS kinds, bool_and(kind_topics = 1) AS "a topic each" FROM (SELECT name, (right(item_key, 2)::int - 1) / 20 AS kind, count(DISTINCT topic) AS kind_topics FROM tops GROUP BY 1, 2) AS k GROUP BY name ORDER BY name;
SELECT bool_and(before >= probability) IS NOT FALSE AS "most probable first" FROM (SELECT probability, lag(probability) OVER (PARTITION BY name, topic ORDER BY rank) AS before FROM tops) AS t WHERE before IS NOT NULL;
SELECT name, abs(sum(share) - 1) < 1e-3 AS "shares add up" FROM (SELECT DISTINCT name, topic, share FROM tops) AS s GROUP BY name ORDER BY name;
SELECT name, count(*) AS "all items of 3 topics", bool_and(abs(sum - 1) < 1e-3) AS "probabilities add up"
FROM (SELECT name, topic, item_key, sum(probability) OVER (PARTITION BY name, topic) AS sum FROM models, synrec.topics_of(model, 1000)) AS t GROUP BY name ORDER BY name;
SELECT count(*) AS "ten by default" FROM models, synrec.topics_of(model) WHERE name = 'topics' AND topic = 1;

-- What describe adds. Held-out users are predicted better by topics than by popularity.
SELECT name, d -> 'topics' AS topics, (d ->> 'components')::int BETWEEN 1 AND 3 AS components, (d ->> 'smallest_component')::float8 >= 50 AS "none is small",
	(d ->> 'perplexity')::float8 < (d ->> 'perplexity_by_popularity')::float8 AS "better than popularity", (d ->> 'pairs')::int > 0 AS pairs, d -> 'items_in_pairs' AS "items in pairs",
	d ->> 'discloses' ~ 'each item' AS discloses, d -> 'contains_histories' AS "contains histories"
FROM models, synrec.describe(model) AS d ORDER BY name;
SELECT d -> 'perplexity' AS "nobody held out" FROM data, synrec.describe(synrec.fit(data, synrec.topics(3, 3, holdout => 0))) AS d;

-- Most items of a synthetic user are of one kind, though histories are long beside the kinds' 17 items.
SELECT name, sum(most) / sum(length) > 0.85 AS "of one kind" FROM (SELECT name, user_id, max(n) AS most, sum(n) AS length FROM (SELECT name, user_id, (right(item_id, 2)::int - 1) / 20 AS kind, count(*) AS n
	FROM models, synrec.generate(NULL::as_text, model, 500, 7) AS g GROUP BY 1, 2, 3) AS k GROUP BY 1, 2) AS u GROUP BY name ORDER BY name;

-- Options of generating are told apart from those of fitting, and replace them.
SELECT name, o AS options, synrec.generate_interactions(model, 200, options => o) = synrec.generate_interactions(model, 200) AS "as without",
	synrec.generate_interactions(model, 100, o, 0, 101) = (SELECT synrec.interactions(substr(user_id, 11)::bigint, item_id)
		FROM synrec.generate(NULL::as_text, model, 200, options => o) WHERE substr(user_id, 11)::bigint > 100) AS "slices and rows agree"
FROM models, unnest('{"{}", "{\"sharpen\": 1}", "{\"sharpen\": 1.1}", "{\"sharpen\": 1.2}", "{\"sharpen\": 2}"}'::jsonb[]) AS o ORDER BY name, o;
SELECT o AS options, synrec.generate_interactions(model, 200, options => o) = synrec.generate_interactions(model, 200) AS "as without"
FROM models, unnest('{"{\"strength\": 0.7}", "{\"strength\": 1}", "{\"strength\": 0}"}'::jsonb[]) AS o WHERE name = 'topic_pairs' ORDER BY o;

-- Fewer topics than asked for where there are few users or items.
SELECT n AS users, d -> 'topics' AS topics, (d ->> 'components')::int BETWEEN 1 AND greatest(1, n / 50) AS "components of 50", (synrec.summary(g)).users AS "synthetic users"
FROM data, (VALUES (1), (25), (600)) AS v (n), LATERAL synrec.fit(synrec.sample_users(data, n), synrec.topics(500, 1000, holdout => 0)) AS m, synrec.describe(m) AS d, synrec.generate_interactions(m, 10) AS g;
SELECT method, d -> 'topics' AS "topics of one item", g = synrec.interactions(u, 'tea'::text) AS "everybody has it" FROM (VALUES ('topics', synrec.topics()), ('topic_pairs', synrec.topic_pairs())) AS v (method, generator),
	LATERAL synrec.fit(synrec.read('SELECT u AS user_id, ''tea'' AS item_id FROM generate_series(1, 30) AS u'), generator) AS m, synrec.describe(m) AS d, synrec.generate_interactions(m, 5) AS g, generate_series(1, 5) AS u GROUP BY method, d, g ORDER BY method;

-- What cannot be.
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql SET search_path = synrec, public, pg_temp AS $$
DECLARE
	message text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ' ' || message || CASE WHEN hint <> '' THEN E'\n\t' || hint ELSE '' END;
END $$;
SELECT o AS option, pg_temp.refusal(format('SELECT fit(data, topics(%s => %s)) FROM data', o, v)) AS topics, pg_temp.refusal(format('SELECT fit(data, topic_pairs(%s => %s)) FROM data', o, v)) AS topic_pairs
FROM (VALUES ('k', '0'), ('k', '501'), ('components', '0'), ('sharpen', '-1'), ('alpha', '0'), ('eta', '''NaN'''), ('holdout', '0.95'), ('ridge', '0'), ('passes', '0'), ('min_item_users', '-1')) AS v (o, v);
SELECT o AS option, pg_temp.refusal(format('SELECT fit(data, topic_pairs(%s => %s)) FROM data', o, v)) AS topic_pairs
FROM (VALUES ('strength', '11'), ('epochs', '0'), ('batch', '0'), ('positions', '0'), ('penalty', '-1'), ('rate', '0'), ('min_pair_count', '-1'), ('calibrations', '-1')) AS v (o, v);
SELECT pg_temp.refusal($$SELECT generate_interactions(model, 1, options => '{"strength": 1}') FROM models WHERE name = 'topics'$$) AS "an option of another generator",
	pg_temp.refusal($$SELECT generate_interactions(model, 1, options => '{"sharpen": 6}') FROM models$$) AS "out of range",
	pg_temp.refusal($$SELECT generate_interactions(model, 1, options => '{"sharpen": "much"}') FROM models$$) AS "no number",
	pg_temp.refusal($$SELECT generate_interactions(model, 1, options => '[]') FROM models$$) AS "no object",
	pg_temp.refusal($$SELECT generate(NULL::kinds, model, 1, options => NULL) FROM models$$) AS "NULL",
	pg_temp.refusal($$SELECT generate_interactions(fit(data, unigrams()), 1, options => '{"strength": 1}') FROM data$$) AS "a generator without any";
SELECT pg_temp.refusal($$SELECT topics_of(fit(data, unigrams())) FROM data$$) AS "no topics", pg_temp.refusal($$SELECT topics_of(model, 0) FROM models$$) AS "no items",
	pg_temp.refusal($$SELECT topics_of(NULL)$$) AS "no model", pg_temp.refusal($$SELECT topics_of(model, NULL) FROM models$$) AS "NULL items";
CREATE TEMP TABLE large AS SELECT synrec.simulate(1000, 500) AS data;
SET synrec.max_memory = '1MB';
SELECT pg_temp.refusal($$SELECT fit(data, topics()) FROM large$$) ~ '^53400 topics would need' AS "topics need memory", pg_temp.refusal($$SELECT fit(data, topic_pairs()) FROM large$$) ~ '^53400 topics would need' AS "so do topic_pairs";
RESET synrec.max_memory;
