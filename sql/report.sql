-- report.sql: everything that is measured about a synthetic set, for machines and for people

CREATE FUNCTION @extschema@.report_json(original @extschema@.interactions, synthetic @extschema@.interactions, holdout @extschema@.interactions DEFAULT NULL,
		seed bigint DEFAULT 0, options jsonb DEFAULT '{}') RETURNS jsonb
	AS 'MODULE_PATHNAME', 'synrec_report_json'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000;
COMMENT ON FUNCTION @extschema@.report_json(@extschema@.interactions, @extschema@.interactions, @extschema@.interactions, bigint, jsonb) IS 'all figures about synthetic data in one JSON object';

CREATE FUNCTION @extschema@.report_json(original text, synthetic text, holdout text DEFAULT NULL,
		seed bigint DEFAULT 0, options jsonb DEFAULT '{}') RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000
	RETURN @extschema@.report_json(@extschema@.read(original), @extschema@.read(synthetic),
		CASE WHEN holdout IS NULL THEN NULL ELSE @extschema@.read(holdout) END, seed,
		pg_catalog.jsonb_build_object('sources', pg_catalog.jsonb_build_object('original', original, 'synthetic', synthetic, 'holdout', holdout))
			OPERATOR(pg_catalog.||) options);
COMMENT ON FUNCTION @extschema@.report_json(text, text, text, bigint, jsonb) IS 'all figures about synthetic data in one JSON object';

CREATE FUNCTION @extschema@.report_html(report jsonb) RETURNS text
	AS 'MODULE_PATHNAME', 'synrec_report_html'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION @extschema@.report_html(jsonb) IS 'a page of HTML of what report_json() gave back';

CREATE FUNCTION @extschema@.report(original @extschema@.interactions, synthetic @extschema@.interactions, holdout @extschema@.interactions DEFAULT NULL,
		seed bigint DEFAULT 0, options jsonb DEFAULT '{}') RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 10000000
	RETURN @extschema@.report_html(@extschema@.report_json(original, synthetic, holdout, seed, options));
COMMENT ON FUNCTION @extschema@.report(@extschema@.interactions, @extschema@.interactions, @extschema@.interactions, bigint, jsonb) IS 'a page of HTML about synthetic data beside the original';

CREATE FUNCTION @extschema@.report(original text, synthetic text, holdout text DEFAULT NULL,
		seed bigint DEFAULT 0, options jsonb DEFAULT '{}') RETURNS text
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000
	RETURN @extschema@.report_html(@extschema@.report_json(@extschema@.read(original), @extschema@.read(synthetic),
		CASE WHEN holdout IS NULL THEN NULL ELSE @extschema@.read(holdout) END, seed,
		pg_catalog.jsonb_build_object('sources', pg_catalog.jsonb_build_object('original', original, 'synthetic', synthetic, 'holdout', holdout))
			OPERATOR(pg_catalog.||) options));
COMMENT ON FUNCTION @extschema@.report(text, text, text, bigint, jsonb) IS 'a page of HTML about synthetic data beside the original';
