# nets.sh: neural nets.  Sourced by in_cluster.

topic "Neural nets: $data, P20: $(shape 'SELECT original FROM p20')"
table

progress 'building the program without a server ...'
mkdir -p build/bench
gcc -std=gnu11 -O3 -fno-math-errno -Itest/unit -Isrc/core -Wl,--wrap=matrix_product -o build/bench/nets \
	bench/nets.c test/unit/host_test.c test/unit/cases.c src/core/*/*.c -lcmocka -lm -pthread -ldl
$psql -F ' ' -c 'SELECT r.user_id, r.item_id FROM p20, synrec.rows(original) AS r' >build/bench/pairs

progress 'vae beside PyTorch ...'
/usr/bin/python3 bench/torch_nets.py vae >"$times"
IFS=$'\t' read -r best time baseline bag_best bag one settings <"$times"
row "vae, one epoch, how many times faster than PyTorch ($best)" \
	"$(number "$time" 0) ms" "$(number "$baseline" 0) ms" "$baseline / $time" '>=' 1.5
row "the same with an EmbeddingBag as its first layer ($bag_best), for information" \
	"$(number "$time" 0) ms" "$(number "$bag" 0) ms" "$bag / $time"
row 'vae, one epoch: one thread against two' "$(number "$time" 0) ms" "$(number "$one" 0) ms" "$one / $time" '>=' 1.6
build/bench/nets vae 2 3 build/bench/pairs >"$times"
IFS=$'\t' read -r _ share rate alone <"$times"
row 'share of the time of vae that is spent in products' "$(number "$share * 100" 0) %" '' "$share" '>=' 0.6
row 'their rate on each of two threads, against the same products alone on one' \
	"$(number "$rate" 0) GFLOP/s" "$(number "$alone" 0) GFLOP/s" "$rate / $alone" '>=' 0.7
notes+=("PyTorch at every setting, vae: $settings")

progress 'recurrent auto-encoder beside PyTorch ...'
/usr/bin/python3 bench/torch_nets.py gru build/bench/nets >"$times"
IFS=$'\t' read -r best time baseline one share rate alone settings <"$times"
row "recurrent auto-encoder, one epoch, how many times faster than PyTorch ($best)" \
	"$(number "$time" 0) ms" "$(number "$baseline" 0) ms" "$baseline / $time" '>=' 1.5
row 'recurrent auto-encoder, one epoch: one thread against two' \
	"$(number "$time" 0) ms" "$(number "$one" 0) ms" "$one / $time" '>=' 1.6
notes+=("PyTorch at every setting, auto-encoder: $settings"
	"The auto-encoder spends $(number "$share * 100" 0) % of its time in products, at $(number "$rate" 0) GFLOP/s on each thread; alone they run at $(number "$alone" 0)"
	'Limit, nets: the rate of products; sgemm does nothing else')

progress 'fitting and generating ...'
# what OpenBLAS takes for itself is there before
warm='CREATE TEMP TABLE warm AS SELECT synrec.fit(original, synrec.vae(epochs => 1, hidden => 10)) FROM p20'
memory "$warm" 'CREATE TABLE nets AS SELECT synrec.fit(original, synrec.vae()) AS model FROM p20' >"$times"
read -r peak _ time <"$times"
row 'fit with default settings, once' "$(seconds "$time")" '' "$time / 1000" '<' 300 ' s'
$psql -c "SET synrec.max_memory = '1MB'" -c 'SELECT synrec.fit(original, synrec.vae()) FROM p20' 2>"$times" || true
estimate=$(sed -n 's/.* would need \([0-9]*\) MB.*/\1/p' "$times")
row 'its peak memory against the estimate: the larger by the smaller' "$(number "$peak / 1048576" 0) MB" "$estimate MB" \
	"$peak > $estimate * 1048576 ? $peak / $estimate / 1048576 : $estimate * 1048576 / $peak" '<=' 1.25
memory "$warm" 'SELECT synrec.fit(original, synrec.vae(epochs => 2)) IS NULL FROM p20' >"$times"
read -r few _ <"$times"
row 'the same against that of 2 epochs' "$(number "$peak / 1048576" 0) MB" "$(number "$few / 1048576" 0) MB" "$peak / $few" '<=' 1.05
$psql -f bench/quality.sql
popular=$($psql -c 'SELECT spearman(original, synrec.generate_interactions(model, (synrec.summary(original)).users, 42)) FROM p20, nets')
row 'popularity of items among as many synthetic users: Spearman' '' '' "$popular" '>=' 0.9
compare 3 SELECT 'SELECT synrec.generate_interactions(model, 50000) IS NULL FROM nets' >"$times"
read -r time <"$times"
row 'generate_interactions(model, 50000), users per second' "$(seconds "$time")" '' "50000 / $time * 1000" '>=' 20000
end_table
