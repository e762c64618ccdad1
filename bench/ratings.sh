# ratings.sh: MovieLens 1M as rows and as values, and models of it.  Sourced by
# in_cluster before the parts that use it.

ratings=../shared/data/ml-1m-ratings.csv.gz
if [ -r "$ratings" ]; then
	data='MovieLens 1M'
	$psql -c 'CREATE TABLE ratings (user_id integer, item_id integer, rating real, ts bigint, seq integer)'
	zcat "$ratings" | $psql -c '\copy ratings FROM STDIN CSV HEADER'
else
	data='simulated data in the shape of MovieLens 1M (the ratings themselves are not here)'
	$psql -c 'CREATE TABLE ratings AS SELECT user_id, item_id, 5 AS rating
		FROM synrec.rows(synrec.simulate(6300, 3120, 95))'
fi
$psql <<-'SQL'
	CREATE TABLE positives AS SELECT synrec.interactions(user_id, item_id) AS data FROM ratings WHERE rating >= 4;
	CREATE TABLE p20 AS
	SELECT synrec.filter_histories(synrec.truncate_histories(data, 20, 1), min_items => 5) AS original FROM positives;
	CREATE TABLE p20x AS SELECT synrec.filter_histories(original, min_items => 20) AS original FROM p20;
	CREATE TABLE models AS
	SELECT synrec.fit(original, synrec.unigrams()) AS unigrams, synrec.fit(original, synrec.bigrams()) AS bigrams,
		synrec.fit(original, synrec.clustering(50)) AS clustering FROM p20;
	ALTER TABLE p20 ADD unigrams synrec.interactions, ADD synthetic synrec.interactions;
	UPDATE p20 SET unigrams = synrec.generate_interactions(m.unigrams, (synrec.summary(original)).users),
		synthetic = synrec.generate_interactions(m.clustering, (synrec.summary(original)).users) FROM models AS m;
	VACUUM ANALYZE positives, p20, models;
SQL
