-- movielens.sql: the whole way on MovieLens, where it is at hand
BEGIN;
SELECT plan(47);
SET LOCAL client_min_messages = warning;
\set here `test -r ../shared/data/ml-100k-ratings.csv.gz -a -r ../shared/data/ml-1m-ratings.csv.gz && echo yes || echo no`
SELECT :'here' = 'yes' AS here \gset
\if :here

CREATE TABLE ml_100k (user_id int, item_id int, rating real, ts bigint);
\copy ml_100k FROM PROGRAM 'zcat ../shared/data/ml-100k-ratings.csv.gz' CSV HEADER
CREATE TABLE ml_1m (user_id int, item_id int, rating real, ts bigint, seq int);
\copy ml_1m FROM PROGRAM 'zcat ../shared/data/ml-1m-ratings.csv.gz' CSV HEADER
SELECT is((s.users, s.items, s.interactions), (943::bigint, 1682::bigint, 100000::bigint), 'MovieLens 100K is whole') FROM synrec.summary(synrec.read('ml_100k')) AS s;
SELECT is((s.users, s.items, s.interactions), (6040::bigint, 3706::bigint, 1000209::bigint), 'MovieLens 1M is whole') FROM synrec.summary(synrec.read('ml_1m')) AS s;

-- Good ratings, at most 20 random ones a user, users with at least 5 left.
CREATE TEMP TABLE prepared AS
SELECT name, synrec.filter_histories(synrec.truncate_histories(synrec.read(format('SELECT * FROM %I WHERE rating >= 4', name)), 20, seed => 1), min_items => 5) AS data
FROM (VALUES ('ml_100k'), ('ml_1m')) AS v (name);
CREATE TEMP TABLE sizes AS SELECT name, s.* FROM prepared, synrec.summary(data) AS s;
SELECT ok(users BETWEEN 6014 AND 6040, format('%s users of MovieLens 1M', users)) FROM sizes WHERE name = 'ml_1m';
SELECT ok(items BETWEEN 3040 AND 3200, format('%s items', items)) FROM sizes WHERE name = 'ml_1m';
SELECT ok(interactions BETWEEN 115000 AND 117000, format('%s interactions', interactions)) FROM sizes WHERE name = 'ml_1m';
SELECT is((min_items, max_items), (5::bigint, 20::bigint), '5 to 20 items a user') FROM sizes WHERE name = 'ml_1m';
SELECT ok(users BETWEEN 900 AND 943 AND min_items = 5 AND max_items = 20, format('%s users of MovieLens 100K', users)) FROM sizes WHERE name = 'ml_100k';

CREATE TEMP TABLE made AS
SELECT name, data, model, synrec.generate_interactions(model, users, seed => 42) AS synthetic
FROM (SELECT name, data, users, synrec.fit(data, synrec.unigrams(), seed => 1) AS model FROM prepared JOIN sizes USING (name) OFFSET 0) AS p;
SELECT is((synrec.describe(model) -> 'users')::bigint, users, name || ': fitted to all users') FROM made JOIN sizes USING (name) ORDER BY name;

-- 50,000 synthetic users into a table of the original's type.
CREATE TABLE ml_1m_synthetic AS
SELECT g.* FROM made, synrec.generate(NULL::ml_1m, model, users => 50000, seed => 42) AS g WHERE name = 'ml_1m';
SELECT is(count(DISTINCT user_id), 50000::bigint, '50,000 synthetic users') FROM ml_1m_synthetic;
SELECT ok(count(*) / 50000.0 BETWEEN mean_items - 0.1 AND mean_items + 0.1, 'with histories as long as the originals''')
FROM ml_1m_synthetic, sizes WHERE name = 'ml_1m' GROUP BY mean_items;
SELECT is_empty('SELECT user_id FROM ml_1m_synthetic INTERSECT SELECT user_id FROM ml_1m', 'none of whom has an original''s key');
SELECT is_empty('SELECT item_id FROM ml_1m_synthetic EXCEPT SELECT item_id FROM ml_1m WHERE rating >= 4', 'of items that there are');
SELECT ok(synthetic OPERATOR(synrec.=) (SELECT synrec.interactions(-user_id, item_id) FROM ml_1m_synthetic WHERE user_id >= -users), 'the same users in both forms')
FROM made JOIN sizes USING (name) WHERE name = 'ml_1m';

-- What it discloses, by one thread and by two, and beside what fresh people would.
SET LOCAL synrec.threads = 1;
CREATE TEMP TABLE measured AS SELECT name, synrec.membership_identifiability(data, synthetic) AS membership, synrec.membership_identifiability(data, synthetic, 10) AS membership_10 FROM made;
SET LOCAL synrec.threads = 2;
SELECT ok(membership > 0 AND membership < membership_10 AND membership_10 < 1, name || ': membership lies between 0 and 1') FROM measured ORDER BY name;
SELECT ok(m.membership = synrec.membership_identifiability(data, synthetic) AND m.membership_10 = synrec.membership_identifiability(data, synthetic, 10), name || ': and is the same by two threads')
FROM measured AS m JOIN made USING (name) ORDER BY name;
SELECT is(synrec.membership_identifiability(data, data), 1::float8, 'the originals themselves are identifiable') FROM made WHERE name = 'ml_1m';
SELECT ok(synrec.membership_identifiability(original, fresh) BETWEEN 0.3 AND 0.7, 'fresh people score about a half')
FROM made, synrec.split_users(data, 0.5, seed => 2) AS s (original, fresh) WHERE name = 'ml_1m';

-- Clusters: with k = 50 more than 20 have fewer than five users on MovieLens 100K; they are merged by default.
CREATE TEMP TABLE clustered AS
SELECT name, least, synrec.fit(data, synrec.clustering(50, least), 1) AS model FROM prepared, unnest(ARRAY[1, 5]) AS least;
CREATE TEMP TABLE cluster_sizes AS SELECT name, least, s::int AS size FROM clustered, jsonb_array_elements(synrec.describe(model) -> 'cluster_sizes') AS s;
SELECT ok(count(*) = 50 AND count(*) FILTER (WHERE size < 5) >= 20, format('%s of 50 clusters have fewer than 5 users', count(*) FILTER (WHERE size < 5))) FROM cluster_sizes WHERE name = 'ml_100k' AND least = 1;
SELECT ok(min(size) >= 5 AND count(*) BETWEEN 2 AND 30, format('merged, there are %s, of at least 5', count(*))) FROM cluster_sizes WHERE name = 'ml_100k' AND least = 5;
SELECT ok(min(size) >= 5 AND count(*) BETWEEN 2 AND 50, format('on MovieLens 1M, %s', count(*))) FROM cluster_sizes WHERE name = 'ml_1m' AND least = 5;
SELECT is(sum(size), users, format('%s: everybody is in a cluster of at least %s', name, least)) FROM cluster_sizes JOIN sizes USING (name) GROUP BY name, least, users ORDER BY name, least;
SELECT ok(min(inertia) FILTER (WHERE least = 1) > 0 AND max(inertia) FILTER (WHERE least = 5) > max(inertia) FILTER (WHERE least = 1), name || ': merging makes clusters wider')
FROM (SELECT name, least, (synrec.describe(model) ->> 'inertia')::float8 AS inertia FROM clustered) AS c GROUP BY name ORDER BY name;

-- All generators, all figures, by one thread and by two.
CREATE TEMP TABLE releases AS
SELECT name, data, generator, synrec.fit(data, g, 1) AS model FROM prepared, (VALUES ('unigrams', synrec.unigrams()), ('bigrams', synrec.bigrams()), ('clustering', synrec.clustering(50))) AS g (generator, g);
ALTER TABLE releases ADD synthetic synrec.interactions;
UPDATE releases SET synthetic = synrec.generate_interactions(model, (synrec.summary(data)).users, seed => 42);
CREATE FUNCTION pg_temp.figures(threads int) RETURNS TABLE (name text, generator text, membership float8, deanonymization float8, attribute float8) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('synrec.threads', threads::text, true);
	RETURN QUERY SELECT r.name, r.generator, synrec.membership_identifiability(data, synthetic), synrec.deanonymization_identifiability(data, synthetic), synrec.attribute_identifiability(data, synthetic) FROM releases AS r;
END $$;
CREATE TEMP TABLE figures AS SELECT 1 AS threads, f.* FROM pg_temp.figures(1) AS f UNION ALL SELECT 2, f.* FROM pg_temp.figures(2) AS f;
SELECT ok(count(DISTINCT (membership, deanonymization, attribute)) = 1 AND count(*) = 2, format('%s, %s: the same figures by two threads', name, generator)) FROM figures GROUP BY name, generator ORDER BY name, generator;
SELECT ok(bool_and(membership > 0 AND membership < 1 AND deanonymization > 0 AND deanonymization < 0.1 AND attribute > 0.02 AND attribute < 0.5), format('%s: figures of a sound size', name)) FROM figures GROUP BY name ORDER BY name;
SELECT ok(max(attribute) FILTER (WHERE generator = 'clustering') > max(attribute) FILTER (WHERE generator = 'unigrams'), name || ': clusters tell more than popularity') FROM figures GROUP BY name ORDER BY name;
SELECT ok(max(attribute) FILTER (WHERE generator = 'bigrams') > max(attribute) FILTER (WHERE generator = 'unigrams'), name || ': and so do pairs') FROM figures GROUP BY name ORDER BY name;
SELECT ok(count(*) = 3 AND bool_and(value > 0 AND reference > 0 AND lift > 0) AND bool_and(measure = 'deanonymization' OR value < 1 AND reference < 1) AND bool_and(lift BETWEEN 0.1 AND 2), 'beside fresh people: ' || string_agg(format('%s %s of %s', measure, round(value::numeric, 4), round(reference::numeric, 4)), ', '))
FROM releases, synrec.identifiability(data, synthetic) WHERE name = 'ml_1m' AND generator = 'clustering';

-- A neural net learns: held-out items of people it has not seen, and what is popular.
CREATE TEMP TABLE nets AS SELECT name, data, synrec.fit(data, synrec.vae(epochs => 30), 1) AS model FROM prepared WHERE name = 'ml_100k';
SELECT ok((d ->> 'restarts')::int = 0 AND (d ->> 'best_epoch')::int > 5, format('the best of %s epochs is number %s', d ->> 'epochs', d ->> 'best_epoch')) FROM nets, synrec.describe(model) AS d;
SELECT ok(v.best < 0.95 * ln(items), format('%s nats per held-out item, of %s when all are alike', round(v.best::numeric, 2), round(ln(items)::numeric, 2)))
FROM nets JOIN sizes USING (name), LATERAL (SELECT min(l::float8) AS best FROM jsonb_array_elements(synrec.describe(model) -> 'validation_loss') AS l) AS v;
SELECT ok((synrec.describe(model) ->> 'smallest_component')::float8 >= 5, 'nobody''s code is a component') FROM nets;
CREATE TEMP TABLE popular AS
SELECT o.item_id, count(*) AS original, coalesce(max(s.users), 0) AS synthetic
FROM nets, LATERAL synrec.rows(data) AS o LEFT JOIN
	(SELECT item_id, count(*) AS users FROM nets, synrec.rows(synrec.generate_interactions(model, 5000, 42)) GROUP BY item_id) AS s USING (item_id)
GROUP BY o.item_id;
SELECT ok(corr(a, b) > 0.85, format('popularity: Spearman %s', round(corr(a, b)::numeric, 3)))
FROM (SELECT rank() OVER (ORDER BY original) + (count(*) OVER (PARTITION BY original) - 1) / 2.0 AS a,
		rank() OVER (ORDER BY synthetic) + (count(*) OVER (PARTITION BY synthetic) - 1) / 2.0 AS b FROM popular) AS r;
SET LOCAL synrec.threads = 1;
SELECT ok(n.model OPERATOR(synrec.=) synrec.fit(data, synrec.vae(epochs => 30), 1), 'the same net by one thread') FROM nets AS n;

\else
SELECT * FROM skip('MovieLens is not at hand', 47);
\endif
SELECT * FROM finish();
ROLLBACK;
