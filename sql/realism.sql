-- realism.sql: whether conclusions drawn on synthetic data hold on the original

CREATE FUNCTION @extschema@.realism(original @extschema@.interactions, synthetic @extschema@.interactions, seed bigint DEFAULT 0, options jsonb DEFAULT '{}') RETURNS double precision
	AS 'MODULE_PATHNAME', 'synrec_realism'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000;
COMMENT ON FUNCTION @extschema@.realism(@extschema@.interactions, @extschema@.interactions, bigint, jsonb) IS 'share of the conclusions on synthetic data that hold on the original';

CREATE FUNCTION @extschema@.realism_report(original @extschema@.interactions, synthetic @extschema@.interactions, seed bigint DEFAULT 0, options jsonb DEFAULT '{}',
		OUT realism double precision, OUT converse double precision, OUT comparisons bigint,
		OUT significant_original bigint, OUT significant_synthetic bigint, OUT significant_both bigint, OUT reversed bigint,
		OUT kendall_tau double precision, OUT top_agreement double precision, OUT ceiling double precision, OUT floor double precision)
	AS 'MODULE_PATHNAME', 'synrec_realism_report'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000;
COMMENT ON FUNCTION @extschema@.realism_report(@extschema@.interactions, @extschema@.interactions, bigint, jsonb) IS 'realism, and the counts that it is made of';

CREATE FUNCTION @extschema@.realism_comparisons(original @extschema@.interactions, synthetic @extschema@.interactions, seed bigint DEFAULT 0, options jsonb DEFAULT '{}')
		RETURNS TABLE (metric text, better text, worse text,
			original_better double precision, original_worse double precision, synthetic_better double precision, synthetic_worse double precision,
			original_p double precision, synthetic_p double precision,
			significant_original boolean, significant_synthetic boolean, reversed boolean)
	AS 'MODULE_PATHNAME', 'synrec_realism_comparisons'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000 ROWS 1092;
COMMENT ON FUNCTION @extschema@.realism_comparisons(@extschema@.interactions, @extschema@.interactions, bigint, jsonb) IS 'every pair of recommenders by every metric, on both sides';

CREATE FUNCTION @extschema@.realism(original text, synthetic text, seed bigint DEFAULT 0, options jsonb DEFAULT '{}') RETURNS double precision
	AS 'MODULE_PATHNAME', 'synrec_realism_source'
	LANGUAGE C STABLE PARALLEL UNSAFE COST 10000000;
COMMENT ON FUNCTION @extschema@.realism(text, text, bigint, jsonb) IS 'share of the conclusions on synthetic data that hold on the original';

CREATE FUNCTION @extschema@.realism_report(original text, synthetic text, seed bigint DEFAULT 0, options jsonb DEFAULT '{}',
		OUT realism double precision, OUT converse double precision, OUT comparisons bigint,
		OUT significant_original bigint, OUT significant_synthetic bigint, OUT significant_both bigint, OUT reversed bigint,
		OUT kendall_tau double precision, OUT top_agreement double precision, OUT ceiling double precision, OUT floor double precision)
	AS 'MODULE_PATHNAME', 'synrec_realism_report_source'
	LANGUAGE C STABLE PARALLEL UNSAFE COST 10000000;
COMMENT ON FUNCTION @extschema@.realism_report(text, text, bigint, jsonb) IS 'realism, and the counts that it is made of';

CREATE FUNCTION @extschema@.realism_comparisons(original text, synthetic text, seed bigint DEFAULT 0, options jsonb DEFAULT '{}')
		RETURNS TABLE (metric text, better text, worse text,
			original_better double precision, original_worse double precision, synthetic_better double precision, synthetic_worse double precision,
			original_p double precision, synthetic_p double precision,
			significant_original boolean, significant_synthetic boolean, reversed boolean)
	AS 'MODULE_PATHNAME', 'synrec_realism_comparisons_source'
	LANGUAGE C STABLE PARALLEL UNSAFE COST 10000000 ROWS 1092;
COMMENT ON FUNCTION @extschema@.realism_comparisons(text, text, bigint, jsonb) IS 'every pair of recommenders by every metric, on both sides';
