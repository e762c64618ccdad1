# report.sh: figures of likeness beside SciPy's, and what a report takes beyond the
# figures that it contains.  Sourced by in_cluster.

topic "Fidelity and report: $data, P20: $(shape 'SELECT original FROM p20')"
table

progress 'fidelity beside NumPy and SciPy ...'
/usr/bin/python3 bench/scipy_fidelity.py >"$times"
IFS=$'\t' read -r time baseline agreement <"$times"
row 'fidelity with its references (three comparisons of 9 figures), beside one comparison by NumPy and SciPy, for information' \
	"$(seconds "$time")" "$(seconds "$baseline")" "$baseline / $time"
notes+=("$agreement")

progress 'report ...'
compare 1 'DROP TABLE IF EXISTS reports' 'CREATE TABLE reports AS SELECT synrec.report_json(original, synthetic) AS report FROM p20' \
	SELECT 'SELECT length(synrec.report_html(report)) FROM reports' >"$times"
read -r figures page <"$times"
contained=$($psql -c "SELECT sum(value::float8) FROM reports, jsonb_each_text(report -> 'seconds') WHERE key <> 'shapes'")
row 'report beyond the figures that it contains' "$(seconds "$figures + $page - 1000 * $contained")" '' \
	"($figures + $page) / 1000 - $contained" '<' 60 ' s'
notes+=("The whole report: $(seconds "$figures + $page"), of which the page takes $(number "$page" 0) ms; seconds of the parts: $($psql -c "SELECT string_agg(format('%s %s', key, value), ', ') FROM reports, jsonb_each_text(report -> 'seconds')"); the page has $($psql -c 'SELECT length(synrec.report_html(report)) / 1024 FROM reports') kB")
end_table
