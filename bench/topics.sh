# topics.sh: topics() and topic_pairs().  Sourced by in_cluster.

$psql -c 'CREATE TABLE topic_models AS
	SELECT synrec.fit(original, synrec.topics()) AS topics, synrec.fit(original, synrec.topic_pairs()) AS topic_pairs FROM p20x'
topic "Topics: $data, P20x: $(shape 'SELECT original FROM p20x')"
table

progress 'topics beside scikit-learn ...'
/usr/bin/python3 bench/sklearn_lda.py >"$times"
IFS=$'\t' read -r passes best time baseline settings <"$times"
row "fit of topics() with its default settings ($passes passes, a mixture and a calibration besides), how many times faster than $passes passes of scikit-learn's LatentDirichletAllocation ($best)" \
	"$(seconds "$time")" "$(seconds "$baseline")" "$baseline / $time" '>=' 2
notes+=("scikit-learn at every setting, 5 passes: $settings")

progress 'one thread and two ...'
for generator in topics topic_pairs; do
	fit="SELECT synrec.fit(original, synrec.$generator()) IS NULL FROM p20x"
	compare 3 'SET synrec.threads = 1' "$fit" 'SET synrec.threads = 2' "$fit" >"$times"
	read -r one two <"$times"
	row "fit of $generator() with default settings" "$(seconds "$two")" '' "$two / 1000" '<' "$([ $generator = topics ] && echo 10 || echo 40)" ' s'
	row "the same: one thread against two" "$(seconds "$two")" "$(seconds "$one")" "$one / $two" '>=' 1.6
	users=$([ $generator = topics ] && echo 40000 || echo 10000)
	compare 3 SELECT "SELECT synrec.generate_interactions($generator, $users) IS NULL FROM topic_models" >"$times"
	read -r time <"$times"
	row "users a second of generate_interactions, $generator" "$(thousands "$users") users in $(seconds "$time")" '' \
		"$users / $time * 1000" '>=' "$([ $generator = topics ] && echo 20000 || echo 3000)"
done

progress 'cancels ...'
/usr/bin/python3 bench/cancels.py >"$times"
IFS=$'\t' read -r worst count <"$times"
row "a cancel while fitting or generating, the longest of $count waits for its answer" "$(number "$worst" 0) ms" '' "$worst" '<' 100 ' ms'
end_table
