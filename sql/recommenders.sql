-- recommenders.sql: recommend items, and measure how well that goes

CREATE FUNCTION @extschema@.top_popular() RETURNS @extschema@.recommender
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.jsonb_build_object('method', 'top_popular');
COMMENT ON FUNCTION @extschema@.top_popular() IS 'recommender: the items that most users have';

CREATE FUNCTION @extschema@.item_knn(neighbors bigint DEFAULT 50, shrinkage double precision DEFAULT 100) RETURNS @extschema@.recommender
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.jsonb_build_object('method', 'item_knn', 'neighbors', neighbors, 'shrinkage', shrinkage);
COMMENT ON FUNCTION @extschema@.item_knn(bigint, double precision) IS 'recommender: items like those that the user has';

CREATE FUNCTION @extschema@.svd(factors bigint DEFAULT 32) RETURNS @extschema@.recommender
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.jsonb_build_object('method', 'svd', 'factors', factors);
COMMENT ON FUNCTION @extschema@.svd(bigint) IS 'recommender: projection on the leading singular vectors';

CREATE FUNCTION @extschema@.ease(lambda double precision DEFAULT 500) RETURNS @extschema@.recommender
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.jsonb_build_object('method', 'ease', 'lambda', lambda);
COMMENT ON FUNCTION @extschema@.ease(double precision) IS 'recommender: each item from all others by ridge regression';

CREATE FUNCTION @extschema@.reference_recommenders() RETURNS @extschema@.recommender[]
	AS 'MODULE_PATHNAME', 'synrec_reference_recommenders'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.reference_recommenders() IS 'the 13 recommenders that realism compares by default';

CREATE FUNCTION @extschema@.recommend(data @extschema@.interactions, recommender @extschema@.recommender, cutoff integer DEFAULT 10,
		users @extschema@.interactions DEFAULT NULL, seed bigint DEFAULT 0)
		RETURNS TABLE (user_key text, item_key text, rank integer, score double precision)
	AS 'MODULE_PATHNAME', 'synrec_recommend'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000 ROWS 10000;
COMMENT ON FUNCTION @extschema@.recommend(@extschema@.interactions, @extschema@.recommender, integer, @extschema@.interactions, bigint) IS 'the items that users do not have and a recommender puts first';

CREATE FUNCTION @extschema@.recommend(source text, recommender @extschema@.recommender, cutoff integer DEFAULT 10,
		users text DEFAULT NULL, seed bigint DEFAULT 0)
		RETURNS TABLE (user_key text, item_key text, rank integer, score double precision)
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000 ROWS 10000
BEGIN ATOMIC
	SELECT r.user_key, r.item_key, r.rank, r.score
	FROM @extschema@.recommend(@extschema@.read(source), recommender, cutoff,
		CASE WHEN users IS NULL THEN NULL ELSE @extschema@.read(users) END, seed) AS r;
END;
COMMENT ON FUNCTION @extschema@.recommend(text, @extschema@.recommender, integer, text, bigint) IS 'the items that users do not have and a recommender puts first';

CREATE FUNCTION @extschema@.evaluate(data @extschema@.interactions, recommenders @extschema@.recommender[] DEFAULT @extschema@.reference_recommenders(),
		runs integer DEFAULT 10, users_per_run bigint DEFAULT NULL, seed bigint DEFAULT 0, options jsonb DEFAULT '{}')
		RETURNS TABLE (recommender text, metric text, run integer, value double precision)
	AS 'MODULE_PATHNAME', 'synrec_evaluate'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000 ROWS 2500;
COMMENT ON FUNCTION @extschema@.evaluate(@extschema@.interactions, @extschema@.recommender[], integer, bigint, bigint, jsonb) IS 'how good recommenders are, by every metric in every run';

CREATE FUNCTION @extschema@.evaluate(source text, recommenders @extschema@.recommender[] DEFAULT @extschema@.reference_recommenders(),
		runs integer DEFAULT 10, users_per_run bigint DEFAULT NULL, seed bigint DEFAULT 0, options jsonb DEFAULT '{}')
		RETURNS TABLE (recommender text, metric text, run integer, value double precision)
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000 ROWS 2500
BEGIN ATOMIC
	SELECT e.recommender, e.metric, e.run, e.value
	FROM @extschema@.evaluate(@extschema@.read(source), recommenders, runs, users_per_run, seed, options) AS e;
END;
COMMENT ON FUNCTION @extschema@.evaluate(text, @extschema@.recommender[], integer, bigint, bigint, jsonb) IS 'how good recommenders are, by every metric in every run';

CREATE FUNCTION @extschema@.transfer_performance(original @extschema@.interactions, synthetic @extschema@.interactions,
		recommenders @extschema@.recommender[] DEFAULT @extschema@.reference_recommenders(),
		runs integer DEFAULT 10, users_per_run bigint DEFAULT NULL, seed bigint DEFAULT 0, options jsonb DEFAULT '{}')
		RETURNS TABLE (recommender text, metric text, run integer, value double precision)
	AS 'MODULE_PATHNAME', 'synrec_transfer_performance'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000 ROWS 2500;
COMMENT ON FUNCTION @extschema@.transfer_performance(@extschema@.interactions, @extschema@.interactions, @extschema@.recommender[], integer, bigint, bigint, jsonb) IS 'how good recommenders that learn from synthetic users are for original ones';

CREATE FUNCTION @extschema@.transfer_performance(original text, synthetic text,
		recommenders @extschema@.recommender[] DEFAULT @extschema@.reference_recommenders(),
		runs integer DEFAULT 10, users_per_run bigint DEFAULT NULL, seed bigint DEFAULT 0, options jsonb DEFAULT '{}')
		RETURNS TABLE (recommender text, metric text, run integer, value double precision)
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000 ROWS 2500
BEGIN ATOMIC
	SELECT e.recommender, e.metric, e.run, e.value
	FROM @extschema@.transfer_performance(@extschema@.read(original), @extschema@.read(synthetic), recommenders, runs, users_per_run, seed, options) AS e;
END;
COMMENT ON FUNCTION @extschema@.transfer_performance(text, text, @extschema@.recommender[], integer, bigint, bigint, jsonb) IS 'how good recommenders that learn from synthetic users are for original ones';
