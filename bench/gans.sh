# gans.sh: generators with codes: time_gan and identity_gan.  Sourced by in_cluster.

topic "Generators with codes: $data, P20: $(shape 'SELECT original FROM p20')"
table

progress 'building the program without a server ...'
mkdir -p build/bench
gcc -std=gnu11 -O3 -fno-math-errno -Itest/unit -Isrc/core -Wl,--wrap=matrix_product -o build/bench/decoding \
	bench/decoding.c test/unit/host_test.c test/unit/cases.c test/unit/models.c src/core/*/*.c -lcmocka -lm -pthread -ldl
$psql -F ' ' -c 'SELECT r.user_id, r.item_id FROM p20, synrec.rows(original) AS r' >build/bench/pairs

for method in time_gan identity_gan; do
	progress "fitting $method ..."
	memory 'DROP TABLE IF EXISTS coded' "CREATE TABLE coded AS SELECT synrec.fit(original, synrec.$method()) AS model FROM p20" >"$times"
	read -r peak _ time <"$times"
	row "$method, fit with default settings, once" "$(seconds "$time")" '' "$time / 1000" '<' 360 ' s'
	$psql -c "SET synrec.max_memory = '1MB'" -c "SELECT synrec.fit(original, synrec.$method()) FROM p20" 2>"$times" || true
	estimate=$(sed -n 's/.* would need \([0-9]*\) MB.*/\1/p' "$times")
	row "$method, its peak memory against the estimate: the larger by the smaller" "$(number "$peak / 1048576" 0) MB" "$estimate MB" \
		"$peak > $estimate * 1048576 ? $peak / $estimate / 1048576 : $estimate * 1048576 / $peak" '<=' 1.25
	fit="SELECT synrec.fit(original, synrec.$method(epochs => 3, sampler_steps => 300)) IS NULL FROM p20"
	compare 3 'SET synrec.threads = 1' "$fit" 'SET synrec.threads = 2' "$fit" >"$times"
	read -r one two <"$times"
	row "$method, fit of 3 epochs and 300 steps of the GAN: one thread against two" "$(seconds "$two")" "$(seconds "$one")" "$one / $two" '>=' 1.6
	compare 3 SELECT 'SELECT synrec.generate_interactions(model, 20000) IS NULL FROM coded' >"$times"
	read -r time <"$times"
	row "$method, generate_interactions(model, 20000), users per second" "$(seconds "$time")" '' "20000 / $time * 1000" '>=' 3000
done
for kind in 'dense gan' 'dense mixture' 'dense flow' 'gru gan'; do
	progress "generating, $kind ..."
	# shellcheck disable=SC2086
	build/bench/decoding time_gan $kind 20000 build/bench/pairs >"$times"
	IFS=$'\t' read -r rate share <"$times"
	row "generating by one thread, decoder and sampler $kind: share of the rate that its products alone would allow" "$(thousands "$rate") users/s" '' "$share" '>=' 0.5
done
end_table
