-- frontier.sql: generators side by side: how private, how realistic

CREATE FUNCTION @extschema@.paper_generators() RETURNS @extschema@.generator[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN ARRAY[
		@extschema@.unigrams(), @extschema@.bigrams(),
		@extschema@.clustering(k => 5), @extschema@.clustering(k => 10), @extschema@.clustering(k => 15),
		@extschema@.clustering(k => 20), @extschema@.clustering(k => 50), @extschema@.clustering(k => 100),
		@extschema@.fractal_expansion()
	];
COMMENT ON FUNCTION @extschema@.paper_generators() IS 'the generators of the paper on realism that there are';

-- UNSAFE: each generator has a subtransaction.
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
	LANGUAGE C STABLE PARALLEL UNSAFE COST 1000000000 ROWS 10;
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
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 1000000000 ROWS 10
BEGIN ATOMIC
	SELECT e.generator, e.name, e.membership, e.membership_reference, e.membership_lift, e.membership_frontier, e.deanonymization, e.deanonymization_reference, e.deanonymization_lift, e.deanonymization_frontier, e.attribute, e.attribute_reference, e.attribute_lift, e.attribute_frontier, e.realism, e.realism_reference, e.converse, e.significant_original, e.significant_synthetic, e.significant_both, e.reversed, e.transfer, e.transfer_reference, e.auc, e.auc_low, e.auc_high, e.fit_seconds, e.generate_seconds, e.bytes, e.error, e.setting
	FROM @extschema@.evaluate_generators(@extschema@.read(original), generators, users, trials, seed,
		CASE WHEN holdout IS NULL THEN NULL ELSE @extschema@.read(holdout) END, previous, options) AS e;
END;
COMMENT ON FUNCTION @extschema@.evaluate_generators(text, @extschema@.generator[], bigint, integer, bigint, text, text, jsonb) IS 'how private and how realistic generators are, one row for each';
