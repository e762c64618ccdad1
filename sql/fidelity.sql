-- fidelity.sql: how alike synthetic data is to the original, whatever is concluded from it

CREATE FUNCTION @extschema@.popularity_divergence(original @extschema@.interactions, synthetic @extschema@.interactions) RETURNS double precision
	AS 'MODULE_PATHNAME', 'synrec_popularity_divergence'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000;
COMMENT ON FUNCTION @extschema@.popularity_divergence(@extschema@.interactions, @extschema@.interactions) IS 'Jensen-Shannon distance of how often items occur';

CREATE FUNCTION @extschema@.popularity_divergence(original text, synthetic text) RETURNS double precision
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000
	RETURN @extschema@.popularity_divergence(@extschema@.read(original), @extschema@.read(synthetic));
COMMENT ON FUNCTION @extschema@.popularity_divergence(text, text) IS 'Jensen-Shannon distance of how often items occur';

CREATE FUNCTION @extschema@.activity_divergence(original @extschema@.interactions, synthetic @extschema@.interactions) RETURNS double precision
	AS 'MODULE_PATHNAME', 'synrec_activity_divergence'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000;
COMMENT ON FUNCTION @extschema@.activity_divergence(@extschema@.interactions, @extschema@.interactions) IS 'Kolmogorov-Smirnov distance of the lengths of histories';

CREATE FUNCTION @extschema@.activity_divergence(original text, synthetic text) RETURNS double precision
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000
	RETURN @extschema@.activity_divergence(@extschema@.read(original), @extschema@.read(synthetic));
COMMENT ON FUNCTION @extschema@.activity_divergence(text, text) IS 'Kolmogorov-Smirnov distance of the lengths of histories';

CREATE FUNCTION @extschema@.catalogue_coverage(original @extschema@.interactions, synthetic @extschema@.interactions) RETURNS double precision
	AS 'MODULE_PATHNAME', 'synrec_catalogue_coverage'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000;
COMMENT ON FUNCTION @extschema@.catalogue_coverage(@extschema@.interactions, @extschema@.interactions) IS 'share of the original items that synthetic users have';

CREATE FUNCTION @extschema@.catalogue_coverage(original text, synthetic text) RETURNS double precision
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000
	RETURN @extschema@.catalogue_coverage(@extschema@.read(original), @extschema@.read(synthetic));
COMMENT ON FUNCTION @extschema@.catalogue_coverage(text, text) IS 'share of the original items that synthetic users have';

CREATE FUNCTION @extschema@.rating_divergence(original @extschema@.interactions, synthetic @extschema@.interactions) RETURNS double precision
	AS 'MODULE_PATHNAME', 'synrec_rating_divergence'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000;
COMMENT ON FUNCTION @extschema@.rating_divergence(@extschema@.interactions, @extschema@.interactions) IS 'total variation of the distributions of ratings';

CREATE FUNCTION @extschema@.rating_divergence(original text, synthetic text, rating_column name DEFAULT 'rating') RETURNS double precision
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000
	RETURN @extschema@.rating_divergence(@extschema@.read(original, 'user_id', 'item_id', NULL, rating_column),
		@extschema@.read(synthetic, 'user_id', 'item_id', NULL, rating_column));
COMMENT ON FUNCTION @extschema@.rating_divergence(text, text, name) IS 'total variation of the distributions of ratings';

CREATE FUNCTION @extschema@.spectrum_distance(original @extschema@.interactions, synthetic @extschema@.interactions, singular_values integer DEFAULT 20) RETURNS double precision
	AS 'MODULE_PATHNAME', 'synrec_spectrum_distance'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000;
COMMENT ON FUNCTION @extschema@.spectrum_distance(@extschema@.interactions, @extschema@.interactions, integer) IS 'relative distance of the greatest singular values of users x items';

CREATE FUNCTION @extschema@.spectrum_distance(original text, synthetic text, singular_values integer DEFAULT 20) RETURNS double precision
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000
	RETURN @extschema@.spectrum_distance(@extschema@.read(original), @extschema@.read(synthetic), singular_values);
COMMENT ON FUNCTION @extschema@.spectrum_distance(text, text, integer) IS 'relative distance of the greatest singular values of users x items';

CREATE FUNCTION @extschema@.cooccurrence_distance(original @extschema@.interactions, synthetic @extschema@.interactions) RETURNS double precision
	AS 'MODULE_PATHNAME', 'synrec_cooccurrence_distance'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000;
COMMENT ON FUNCTION @extschema@.cooccurrence_distance(@extschema@.interactions, @extschema@.interactions) IS 'relative distance of how many users have both of two items';

CREATE FUNCTION @extschema@.cooccurrence_distance(original text, synthetic text) RETURNS double precision
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000
	RETURN @extschema@.cooccurrence_distance(@extschema@.read(original), @extschema@.read(synthetic));
COMMENT ON FUNCTION @extschema@.cooccurrence_distance(text, text) IS 'relative distance of how many users have both of two items';

CREATE FUNCTION @extschema@.transition_distance(original @extschema@.interactions, synthetic @extschema@.interactions) RETURNS double precision
	AS 'MODULE_PATHNAME', 'synrec_transition_distance'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000;
COMMENT ON FUNCTION @extschema@.transition_distance(@extschema@.interactions, @extschema@.interactions) IS 'total variation of which item follows which, in sequences';

CREATE FUNCTION @extschema@.transition_distance(original text, synthetic text, at_column name DEFAULT 'at') RETURNS double precision
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000
	RETURN @extschema@.transition_distance(@extschema@.read(original, 'user_id', 'item_id', at_column),
		@extschema@.read(synthetic, 'user_id', 'item_id', at_column));
COMMENT ON FUNCTION @extschema@.transition_distance(text, text, name) IS 'total variation of which item follows which, in sequences';

CREATE FUNCTION @extschema@.autocorrelation_distance(original @extschema@.interactions, synthetic @extschema@.interactions) RETURNS double precision
	AS 'MODULE_PATHNAME', 'synrec_autocorrelation_distance'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000;
COMMENT ON FUNCTION @extschema@.autocorrelation_distance(@extschema@.interactions, @extschema@.interactions) IS 'distance of how popularity follows popularity within sequences';

CREATE FUNCTION @extschema@.autocorrelation_distance(original text, synthetic text, at_column name DEFAULT 'at') RETURNS double precision
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000
	RETURN @extschema@.autocorrelation_distance(@extschema@.read(original, 'user_id', 'item_id', at_column),
		@extschema@.read(synthetic, 'user_id', 'item_id', at_column));
COMMENT ON FUNCTION @extschema@.autocorrelation_distance(text, text, name) IS 'distance of how popularity follows popularity within sequences';

CREATE FUNCTION @extschema@.gini(data @extschema@.interactions) RETURNS double precision
	AS 'MODULE_PATHNAME', 'synrec_gini'
	LANGUAGE C STABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION @extschema@.gini(@extschema@.interactions) IS 'Gini coefficient of how often items occur';

CREATE FUNCTION @extschema@.gini(source text) RETURNS double precision
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 100000
	RETURN @extschema@.gini(@extschema@.read(source));
COMMENT ON FUNCTION @extschema@.gini(text) IS 'Gini coefficient of how often items occur';

CREATE FUNCTION @extschema@.fidelity(original @extschema@.interactions, synthetic @extschema@.interactions, holdout @extschema@.interactions DEFAULT NULL,
		seed bigint DEFAULT 0, options jsonb DEFAULT '{}')
		RETURNS TABLE (measure text, value double precision, reference double precision, matched double precision, note text)
	AS 'MODULE_PATHNAME', 'synrec_fidelity'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000 ROWS 15;
COMMENT ON FUNCTION @extschema@.fidelity(@extschema@.interactions, @extschema@.interactions, @extschema@.interactions, bigint, jsonb) IS 'all measures of likeness beside what fresh real people score';

CREATE FUNCTION @extschema@.fidelity(original text, synthetic text, holdout text DEFAULT NULL,
		seed bigint DEFAULT 0, options jsonb DEFAULT '{}')
		RETURNS TABLE (measure text, value double precision, reference double precision, matched double precision, note text)
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000 ROWS 15
BEGIN ATOMIC
	SELECT f.measure, f.value, f.reference, f.matched, f.note
	FROM @extschema@.fidelity(@extschema@.read(original), @extschema@.read(synthetic),
		CASE WHEN holdout IS NULL THEN NULL ELSE @extschema@.read(holdout) END, seed, options) AS f;
END;
COMMENT ON FUNCTION @extschema@.fidelity(text, text, text, bigint, jsonb) IS 'all measures of likeness beside what fresh real people score';
