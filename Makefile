# synrec: synthetic recommender data in PostgreSQL
#
#   make, make install, make installcheck   PGXS's own targets
#   make demo [DATA=ratings.csv]            the whole thing on this machine, in a throw-away cluster
#   make test                               every test suite, likewise
#
# CONTRIBUTING.md describes the others.

EXTENSION = synrec
SYNREC_VERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" synrec.control)
MODULE_big = synrec

OBJS = \
	src/pg/synrec.o \
	src/pg/host.o \
	src/pg/progress.o \
	src/pg/arguments.o \
	src/pg/values.o \
	src/pg/keys.o \
	src/pg/times.o \
	src/pg/ratings.o \
	src/pg/interactions.o \
	src/pg/read.o \
	src/pg/emit.o \
	src/pg/histories_source.o \
	src/pg/data.o \
	src/pg/options.o \
	src/pg/model.o \
	src/pg/search.o \
	src/pg/topics.o \
	src/pg/privacy.o \
	src/pg/audit.o \
	src/pg/release.o \
	src/pg/recommend.o \
	src/pg/evaluation.o \
	src/pg/realism.o \
	src/pg/fidelity.o \
	src/pg/figures.o \
	src/pg/frontier.o \
	src/pg/charts.o \
	src/pg/report.o \
	src/core/data/value.o \
	src/core/data/options.o \
	src/core/data/keys.o \
	src/core/data/histories.o \
	src/core/data/lists.o \
	src/core/data/sequences.o \
	src/core/data/merge.o \
	src/core/data/builder.o \
	src/core/data/select.o \
	src/core/data/simulate.o \
	src/core/data/pairs.o \
	src/core/math/random.o \
	src/core/math/sampling.o \
	src/core/math/permutation.o \
	src/core/math/parallel.o \
	src/core/math/blas.o \
	src/core/math/dense.o \
	src/core/math/eigen.o \
	src/core/math/zcdp.o \
	src/core/math/discrete_gaussian.o \
	src/core/math/singular.o \
	src/core/math/principal.o \
	src/core/math/statistics.o \
	src/core/math/kmeans.o \
	src/core/math/kmeans_merge.o \
	src/core/math/mixture.o \
	src/core/math/lda.o \
	src/core/math/log_weights.o \
	src/core/nn/matrix.o \
	src/core/nn/parameters.o \
	src/core/nn/tape.o \
	src/core/nn/operations.o \
	src/core/nn/derivatives.o \
	src/core/nn/gru.o \
	src/core/nn/shard.o \
	src/core/nn/layers.o \
	src/core/nn/losses.o \
	src/core/nn/optimizers.o \
	src/core/nn/train.o \
	src/core/generators/registry.o \
	src/core/generators/model.o \
	src/core/generators/lengths.o \
	src/core/generators/rating_cells.o \
	src/core/generators/ratings_model.o \
	src/core/generators/time_bins.o \
	src/core/generators/time_clock.o \
	src/core/generators/times_model.o \
	src/core/generators/times_draw.o \
	src/core/generators/fit.o \
	src/core/generators/generate.o \
	src/core/generators/popularity.o \
	src/core/generators/unigrams.o \
	src/core/generators/pair_counts.o \
	src/core/generators/bigrams.o \
	src/core/generators/calibration.o \
	src/core/generators/clustering.o \
	src/core/generators/fractal_rates.o \
	src/core/generators/fractal.o \
	src/core/generators/factors.o \
	src/core/generators/association.o \
	src/core/generators/cooccurrence.o \
	src/core/generators/private_counts.o \
	src/core/generators/private_cooccurrence.o \
	src/core/generators/topic_model.o \
	src/core/generators/topics.o \
	src/core/generators/pair_weights.o \
	src/core/generators/topic_pairs.o \
	src/core/generators/vae_net.o \
	src/core/generators/vae.o \
	src/core/generators/trained.o \
	src/core/generators/dense_stack.o \
	src/core/generators/item_lists.o \
	src/core/generators/decoder.o \
	src/core/generators/latent.o \
	src/core/generators/latent_gan.o \
	src/core/generators/latent_mixture.o \
	src/core/generators/latent_flow.o \
	src/core/generators/code_net.o \
	src/core/generators/time_gan.o \
	src/core/generators/identity_gan.o \
	src/core/generators/search.o \
	src/core/recommenders/registry.o \
	src/core/recommenders/top_popular.o \
	src/core/recommenders/item_knn.o \
	src/core/recommenders/svd.o \
	src/core/recommenders/ease.o \
	src/core/metrics/comparison.o \
	src/core/metrics/membership.o \
	src/core/metrics/deanonymization.o \
	src/core/metrics/split.o \
	src/core/metrics/ranking.o \
	src/core/metrics/attribute.o \
	src/core/metrics/evaluation.o \
	src/core/metrics/realism.o \
	src/core/metrics/audit.o \
	src/core/metrics/frontier.o \
	src/core/metrics/marginals.o \
	src/core/metrics/rating_marginals.o \
	src/core/metrics/spectrum.o \
	src/core/metrics/companions.o \
	src/core/metrics/successions.o \
	src/core/metrics/fidelity.o \
	src/core/charts/plot.o \
	src/core/charts/labels.o \
	src/core/charts/frontier_chart.o \
	src/core/charts/projection_chart.o \
	src/core/charts/curve_chart.o \
	src/core/charts/line_chart.o \
	src/core/charts/bar_chart.o \
	src/core/report/json.o \
	src/core/report/page.o \
	src/core/report/privacy_section.o \
	src/core/report/realism_section.o \
	src/core/report/fidelity_section.o \
	src/core/report/report.o

# The install script, joined from the manual's chapters in this order.
SQL_PARTS = sql/types.sql sql/data.sql sql/generators.sql sql/privacy.sql sql/recommenders.sql sql/realism.sql \
	sql/fidelity.sql sql/frontier.sql sql/report.sql sql/copy.sql sql/progress.sql
# From the last released version one upgrades by a script that is made by
# comparison; sql/upgrade/ holds what no comparison can tell.  Released scripts
# stay as they are (CONTRIBUTING.md).
LAST_RELEASE = 0.1.0
INSTALL_SQL = sql/synrec--$(SYNREC_VERSION).sql
UPGRADE_SQL = sql/synrec--$(LAST_RELEASE)--$(SYNREC_VERSION).sql
DATA_built = $(INSTALL_SQL) $(UPGRADE_SQL) $(patsubst sql/released/%,sql/%,$(wildcard sql/released/*.sql))

# The build of OpenBLAS to load when it is needed (src/core/math/blas.h says why
# it is this one and why it is not linked).
OPENBLAS ?= $(firstword $(wildcard /usr/lib/*/openblas-pthread/libopenblas.so.0) libopenblas.so.0)

PG_CPPFLAGS = -I$(srcdir)/src/core -I$(srcdir)/src/pg -DSYNREC_VERSION='"$(SYNREC_VERSION)"' -DSYNREC_OPENBLAS='"$(OPENBLAS)"' -MMD -MP
# -O3: GCC 12 makes vectors of hardly any loop at -O2; -fno-math-errno: and of none with sqrt()
PG_CFLAGS = -O3 -fno-math-errno -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-declaration-after-statement
SHLIB_LINK = -Wl,--version-script=$(srcdir)/src/synrec.map -lm -lpthread -ldl
EXTRA_CLEAN = $(OBJS:.o=.d) build

REGRESS = $(patsubst test/sql/%.sql,%,$(wildcard test/sql/*.sql))
REGRESS_OPTS = --inputdir=build/regress --outputdir=build/regress

# Bitcode lets the server inline small functions; ours are not small.
override with_llvm = no

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifneq ($(PGXS),)
include $(PGXS)
endif

srcdir ?= .
.DEFAULT_GOAL := all
-include $(OBJS:.o=.d)
src/pg/model.o: synrec.control

$(INSTALL_SQL): $(SQL_PARTS) synrec.control
	{ printf '%s\n' '-- synrec $(SYNREC_VERSION): made by the Makefile from the other files of this folder' \
	  '\echo Use "CREATE EXTENSION synrec" to load this file. \quit'; cat $(SQL_PARTS); } > $@

BY_HAND = $(wildcard sql/upgrade/$(notdir $(UPGRADE_SQL)))
$(UPGRADE_SQL): sql/released/synrec--$(LAST_RELEASE).sql $(INSTALL_SQL) sql/upgrade.awk $(BY_HAND)
	{ printf '%s\n' '-- synrec $(LAST_RELEASE) to $(SYNREC_VERSION): made by the Makefile' \
	  '\echo Use "ALTER EXTENSION synrec UPDATE" to load this file. \quit'; \
	  $(if $(BY_HAND),cat $(BY_HAND);) awk -f sql/upgrade.awk $< $(INSTALL_SQL); } > $@

sql/synrec--%.sql: sql/released/synrec--%.sql
	cp $< $@

# pg_regress wants sql/ and expected/ side by side.
installcheck: build/regress
build/regress:
	mkdir -p $@
	ln -sfn ../../test/sql $@/sql
	ln -sfn ../../expected $@/expected

.PHONY: demo test idle sanitize valgrind assertions fuzz bench lint format

C_FILES = $(wildcard src/*/*.[ch] src/*/*/*.[ch] test/unit/*.[ch] test/fuzz/*.[ch] bench/*.c)

demo:
	@DATA='$(DATA)' MIN_RATING='$(MIN_RATING)' demo/run

test:
	@test/run

# Tests that measure time and memory, in a throw-away cluster of an idle machine.
idle:
	@test/build
	@pg_virtualenv -t -v 15 prove test/idle/*.t

# The core's unit tests under ASan and UBSan, then under ThreadSanitizer.
sanitize:
	@test/packages
	@$(MAKE) -s -C test/unit check tsan

# The same under valgrind, and a session of the server.
valgrind:
	@test/valgrind

# The server's suites in one that checks its own assertions.
assertions:
	@test/assertions

# The two validators, so many seconds each.
FUZZ_SECONDS = 60
fuzz:
	@test/packages clang-14 libclang-rt-14-dev
	@$(MAKE) -s -C test/fuzz check SECONDS=$(FUZZ_SECONDS)

bench:
	@bench/run

# Layout, static checks, and every warning of two compilers.
LINT_FLAGS = -std=gnu11 -O2 -Wall -Wextra -Werror -Isrc/core -Isrc/pg -isystem $(shell $(PG_CONFIG) --includedir-server) \
	-D_GNU_SOURCE -DSYNREC_VERSION='""' -c -o /dev/null
lint:
	@test/packages clang-format cppcheck clang-14
	clang-format --dry-run -Werror $(C_FILES)
	cppcheck -q --std=c11 --enable=warning,performance,portability --suppress=missingInclude \
	  --error-exitcode=1 -Isrc/core -Isrc/pg src
	@for compiler in gcc clang-14; do \
	  echo "$$compiler -Wall -Wextra -Werror"; \
	  for file in $(filter src/%.c,$(C_FILES)); do $$compiler $(LINT_FLAGS) $$file || exit 1; done; \
	done

format:
	@test/packages clang-format
	clang-format -i $(C_FILES)
