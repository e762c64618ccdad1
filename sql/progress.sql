-- progress.sql: what long operations are doing

CREATE FUNCTION @extschema@.progress_of_backends(OUT pid integer, OUT datid oid, OUT usesysid oid, OUT operation text, OUT stage text,
		OUT done bigint, OUT total bigint, OUT share double precision, OUT started timestamp with time zone, OUT elapsed interval, OUT remaining interval)
		RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'synrec_progress'
	LANGUAGE C STABLE PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION @extschema@.progress_of_backends() IS 'what the view progress is made of';

CREATE VIEW @extschema@.progress AS
SELECT p.pid, p.datid, d.datname, p.usesysid, pg_catalog.pg_get_userbyid(p.usesysid) AS usename, p.operation, p.stage,
	p.done, p.total, p.share, p.started, p.elapsed, p.remaining
FROM @extschema@.progress_of_backends() AS p LEFT JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) p.datid;
COMMENT ON VIEW @extschema@.progress IS 'operations that are running, how far they are and how long they may still take';
GRANT SELECT ON @extschema@.progress TO PUBLIC;
