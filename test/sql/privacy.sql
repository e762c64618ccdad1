-- privacy.sql: membership by hand, and what its functions accept
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
\pset format unaligned
\x

-- Users 1 {a,b}, 2 {a,c}, 3 {d}, 4 {c,d}: a, c and d have two users, b has one.
-- So a, c and d weigh x = 1/ln 3; b, and e, which nobody has, weigh y = 1/ln 2.
-- Synthetic users: {a,b} and {a,e}.  Squared distances:
--
--	user	to {a,b}	to {a,e}	to 1		to 2	to 3		to 4		closer than the nearest
--	1		0			b,e 2y		-			b,c x+y	a,b,d 2x+y	a,b,c,d 3x+y	nobody
--	2		b,c x+y		c,e x+y		b,c x+y		-		a,c,d 3x	a,d 2x		4
--	3		a,b,d 2x+y	a,d,e 2x+y	a,b,d 2x+y	3x		-			c x			2, 4
--	4		3x+y		3x+y		3x+y		2x		x			-			2, 3
CREATE TABLE people (user_id int, item_id text);
INSERT INTO people VALUES (1, 'a'), (1, 'b'), (2, 'a'), (2, 'c'), (3, 'd'), (4, 'c'), (4, 'd');
CREATE TABLE copies (user_id int, item_id text);
INSERT INTO copies VALUES (1, 'a'), (1, 'b'), (2, 'a'), (2, 'e');
CREATE TEMP TABLE sets AS SELECT synrec.read('people') AS original, synrec.read('copies') AS synthetic;

SELECT r.user_key, r.rank, abs(r.distance - sqrt(by_hand)) < 1e-9 AS distance
FROM sets, synrec.membership_ranks(original, synthetic) AS r
	JOIN (SELECT u, cx / ln(3::float8) + cy / ln(2::float8)
		FROM (VALUES ('1', 0, 0), ('2', 1, 1), ('3', 2, 1), ('4', 3, 1)) AS c (u, cx, cy)) AS v (u, by_hand) ON v.u = r.user_key
ORDER BY r.user_key;
SELECT membership_identifiability(original, synthetic) = 0.25 AS "k = 1 by default",
	membership_identifiability(original, synthetic, 1) = 0.25 AS "k = 1",
	membership_identifiability(original, synthetic, 2) = 0.5 AS "k = 2",
	membership_identifiability(original, synthetic, 3) = 1 AS "k = 3",
	membership_identifiability(original, synthetic, 2147483647) = 1 AS "the largest k",
	membership_identifiability(original, original) = 1 AS "the originals themselves",
	membership_identifiability('people', 'copies', 2) = 0.5 AS "tables",
	(SELECT count(*) FROM synrec.membership_ranks(original, synthetic)) AS "rows"
FROM sets;
SELECT string_agg((synrec.membership_ranks).user_key || ':' || (synrec.membership_ranks).rank, ' ') AS "in a select list"
FROM (SELECT synrec.membership_ranks(original, synthetic) AS membership_ranks FROM sets) AS synrec;

-- User keys are names only: theirs need not be of one kind, nor distinct from the others'.
SELECT synrec.membership_identifiability(original, other, 2) = 0.5 AS "other user keys"
FROM sets, (SELECT synrec.interactions('synthetic-' || user_id, item_id) AS other FROM copies) AS o;

-- Users with one item, and sets of one user.
SELECT synrec.membership_identifiability(one, one) = 1 AS "one user against herself",
	synrec.membership_identifiability(one, two) = 1 AS "one user against others",
	(SELECT string_agg(rank::text, ' ') FROM synrec.membership_ranks(three, one)) AS "users with one item each"
FROM (SELECT synrec.interactions(1, 1) AS one,
		(SELECT synrec.interactions(u, u) FROM generate_series(1, 2) AS u) AS two,
		(SELECT synrec.interactions(u, u) FROM generate_series(1, 3) AS u) AS three) AS s;

-- A mixed call says what to write.
\set VERBOSITY default
SELECT synrec.membership_identifiability(original, 'copies') FROM sets;
SELECT synrec.membership_identifiability('people', synthetic) FROM sets;
SELECT synrec.membership_ranks(original, 'copies') FROM sets;

DROP TABLE people, copies;
