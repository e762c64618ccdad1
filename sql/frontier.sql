-- frontier.sql: generators side by side: how private, how realistic

CREATE FUNCTION @extschema@.paper_generators() RETURNS @extschema@.generator[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN ARRAY[
		@extschema@.unigrams(), @extschema@.bigrams(),
		@extschema@.clustering(k => 5), @extschema@.clustering(k => 10), @extschema@.clustering(k => 15),
		@extschema@.clustering(k => 20), @extschema@.clustering(k => 50), @extschema@.clustering(k => 100),
		@extschema@.vae(),
		@extschema@.time_gan(loss => 'wgan_gp'), @extschema@.time_gan(loss => 'r_gan'),
		@extschema@.identity_gan(loss => 'wgan_gp'), @extschema@.identity_gan(loss => 'r_gan'),
		@extschema@.fractal_expansion()
	];
COMMENT ON FUNCTION @extschema@.paper_generators() IS 'the generators of the paper on realism';

-- UNSAFE: each generator has a subtransaction.  VOLATILE, as fit() is.
CREATE FUNCTION @extschema@.evaluate_generators(original @extschema@.interactions, generators @extschema@.generator[] DEFAULT @extschema@.paper_generators(),
		users bigint DEFAULT 50000, trials integer DEFAULT 3, seed bigint DEFAULT 0, holdout @extschema@.interactions DEFAULT NULL,
		previous text DEFAULT NULL, options jsonb DEFAULT '{}')
		RETURNS TABLE (generator @extschema@.generator, name text,
			membership double precision, membership_reference double precision, membership_lift double precision, membership_frontier boolean,
			deanonymization double precision, deanonymization_reference double precision, deanonymization_lift double precision, deanonymization_frontier boolean,
			attribute double precision, attribute_reference double precision, attribute_lift double precision, attribute_frontier boolean,
			realism double precision, realism_reference double precision, converse double precision,
			significant_original bigint, significant_synthetic bigint, significant_both bigint, reversed bigint,
			transfer double precision, transfer_reference double precision, auc double precision, auc_low double precision, auc_high double precision,
			fit_seconds double precision, generate_seconds double precision, bytes bigint, error text, setting bigint)
	AS 'MODULE_PATHNAME', 'synrec_evaluate_generators'
	LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000000 ROWS 10;
COMMENT ON FUNCTION @extschema@.evaluate_generators(@extschema@.interactions, @extschema@.generator[], bigint, integer, bigint, @extschema@.interactions, text, jsonb) IS 'how private and how realistic generators are, one row for each';

CREATE FUNCTION @extschema@.evaluate_generators(original text, generators @extschema@.generator[] DEFAULT @extschema@.paper_generators(),
		users bigint DEFAULT 50000, trials integer DEFAULT 3, seed bigint DEFAULT 0, holdout text DEFAULT NULL,
		previous text DEFAULT NULL, options jsonb DEFAULT '{}')
		RETURNS TABLE (generator @extschema@.generator, name text,
			membership double precision, membership_reference double precision, membership_lift double precision, membership_frontier boolean,
			deanonymization double precision, deanonymization_reference double precision, deanonymization_lift double precision, deanonymization_frontier boolean,
			attribute double precision, attribute_reference double precision, attribute_lift double precision, attribute_frontier boolean,
			realism double precision, realism_reference double precision, converse double precision,
			significant_original bigint, significant_synthetic bigint, significant_both bigint, reversed bigint,
			transfer double precision, transfer_reference double precision, auc double precision, auc_low double precision, auc_high double precision,
			fit_seconds double precision, generate_seconds double precision, bytes bigint, error text, setting bigint)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE COST 10000000 ROWS 10
BEGIN ATOMIC
	SELECT e.generator, e.name, e.membership, e.membership_reference, e.membership_lift, e.membership_frontier, e.deanonymization, e.deanonymization_reference, e.deanonymization_lift, e.deanonymization_frontier, e.attribute, e.attribute_reference, e.attribute_lift, e.attribute_frontier, e.realism, e.realism_reference, e.converse, e.significant_original, e.significant_synthetic, e.significant_both, e.reversed, e.transfer, e.transfer_reference, e.auc, e.auc_low, e.auc_high, e.fit_seconds, e.generate_seconds, e.bytes, e.error, e.setting
	FROM @extschema@.evaluate_generators(@extschema@.read(original), generators, users, trials, seed,
		CASE WHEN holdout IS NULL THEN NULL ELSE @extschema@.read(holdout) END, previous, options) AS e;
END;
COMMENT ON FUNCTION @extschema@.evaluate_generators(text, @extschema@.generator[], bigint, integer, bigint, text, text, jsonb) IS 'how private and how realistic generators are, one row for each';

CREATE FUNCTION @extschema@.frontier_chart(evaluated text, measure text DEFAULT 'membership', title text DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'synrec_frontier_chart'
	LANGUAGE C STABLE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION @extschema@.frontier_chart(text, text, text) IS 'realism against identifiability of evaluated generators, as SVG';

CREATE FUNCTION @extschema@.projection(original @extschema@.interactions, synthetic @extschema@.interactions, seed bigint DEFAULT 0)
		RETURNS TABLE (synthetic_user boolean, user_key text, component_1 double precision, component_2 double precision)
	AS 'MODULE_PATHNAME', 'synrec_projection'
	LANGUAGE C STABLE PARALLEL SAFE COST 1000000 ROWS 10000;
COMMENT ON FUNCTION @extschema@.projection(@extschema@.interactions, @extschema@.interactions, bigint) IS 'users in the plane of the first two principal components of the original ones';

CREATE FUNCTION @extschema@.projection(original text, synthetic text, seed bigint DEFAULT 0)
		RETURNS TABLE (synthetic_user boolean, user_key text, component_1 double precision, component_2 double precision)
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 1000000 ROWS 10000
BEGIN ATOMIC
	SELECT p.synthetic_user, p.user_key, p.component_1, p.component_2
	FROM @extschema@.projection(@extschema@.read(original), @extschema@.read(synthetic), seed) AS p;
END;
COMMENT ON FUNCTION @extschema@.projection(text, text, bigint) IS 'users in the plane of the first two principal components of the original ones';

CREATE FUNCTION @extschema@.projection_chart(original @extschema@.interactions, synthetic @extschema@.interactions, title text DEFAULT NULL, seed bigint DEFAULT 0) RETURNS text
	AS 'MODULE_PATHNAME', 'synrec_projection_chart'
	LANGUAGE C STABLE PARALLEL SAFE COST 1000000;
COMMENT ON FUNCTION @extschema@.projection_chart(@extschema@.interactions, @extschema@.interactions, text, bigint) IS 'original and synthetic users in one plane, as SVG';

CREATE FUNCTION @extschema@.projection_chart(original text, synthetic text, title text DEFAULT NULL, seed bigint DEFAULT 0) RETURNS text
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 1000000
	RETURN @extschema@.projection_chart(@extschema@.read(original), @extschema@.read(synthetic), title, seed);
COMMENT ON FUNCTION @extschema@.projection_chart(text, text, text, bigint) IS 'original and synthetic users in one plane, as SVG';

CREATE FUNCTION @extschema@.membership_curve(original @extschema@.interactions, synthetic @extschema@.interactions, max_k integer DEFAULT 100)
		RETURNS TABLE (k integer, identifiability double precision)
	LANGUAGE sql STABLE PARALLEL SAFE COST 10000000 ROWS 100
BEGIN ATOMIC
	SELECT g.k, (sum(count(r.rank)) OVER (ORDER BY g.k))::double precision / (@extschema@.summary(original)).users
	FROM pg_catalog.generate_series(1, max_k) AS g (k)
		LEFT JOIN @extschema@.membership_ranks(original, synthetic) AS r ON r.rank = g.k - 1
	GROUP BY g.k ORDER BY g.k;
END;
COMMENT ON FUNCTION @extschema@.membership_curve(@extschema@.interactions, @extschema@.interactions, integer) IS 'membership identifiability for every k up to a limit, from one pass';

CREATE FUNCTION @extschema@.membership_curve(original text, synthetic text, max_k integer DEFAULT 100)
		RETURNS TABLE (k integer, identifiability double precision)
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000 ROWS 100
BEGIN ATOMIC
	SELECT c.k, c.identifiability
	FROM @extschema@.membership_curve(@extschema@.read(original), @extschema@.read(synthetic), max_k) AS c;
END;
COMMENT ON FUNCTION @extschema@.membership_curve(text, text, integer) IS 'membership identifiability for every k up to a limit, from one pass';

CREATE FUNCTION @extschema@.membership_chart(curves text, title text DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'synrec_membership_chart'
	LANGUAGE C STABLE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION @extschema@.membership_chart(text, text) IS 'membership identifiability over k, as SVG';
