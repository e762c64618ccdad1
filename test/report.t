#!/usr/bin/perl
# The page that report() makes, in a browser without a screen: it is all there, in
# one file, and can be read on a wide and on a narrow screen, in light and in dark.
use strict;
use warnings;
use JSON::PP;
use Test::More;

my $database = 'synrec_report';
system('createdb', $database) == 0 or die 'createdb failed';
$ENV{PGDATABASE} = $database;
$ENV{PGCLIENTENCODING} = 'UTF8';

sub sql
{
	open(my $out, '>', 'build/report.sql') or die $!;
	print $out "SET client_min_messages = warning;\n$_[0];\n";
	close($out);
	my $printed = `psql -qXAt -v ON_ERROR_STOP=1 -f build/report.sql`;
	die "psql failed" if $?;
	chomp $printed;
	return $printed;
}

sub save { my ($name, $text) = @_; open(my $out, '>', $name) or die "$name: $!"; print $out $text; close($out); }

# Names as somebody may choose them who wants to break the page.
my $title = q{<script>alert("1")</script> & 'März' 日本 ${x} --></style>};
(my $quoted = $title) =~ s/'/''/g;
sql(q{CREATE EXTENSION synrec});
sql(q{CREATE TABLE original AS SELECT user_id, item_id FROM synrec.rows(synrec.simulate(2000, 80, taste => 3));
	CREATE TABLE holdout AS SELECT user_id, item_id FROM synrec.rows(synrec.simulate(500, 80, taste => 3, seed => 2));
	CREATE TABLE "synthetic <b>&" AS SELECT g.* FROM (SELECT synrec.fit('original', synrec.clustering(20)) AS model) AS m, synrec.generate(model, 1500) AS g;
	CREATE TABLE candidates AS SELECT * FROM synrec.evaluate_generators('original', ARRAY[synrec.unigrams(), synrec.clustering(20), synrec.clustering(10000)],
		users => 2000, trials => 1, options => '{"runs": 10, "recommenders": [{"method": "top_popular"}, {"method": "svd", "factors": 4}, {"method": "item_knn"}, {"method": "ease", "lambda": 100}]}')});
my $realism = q{"realism": {"runs": 10, "recommenders": [{"method": "top_popular"}, {"method": "svd", "factors": 4}, {"method": "item_knn"}, {"method": "ease", "lambda": 100}]}};
my $json = sql(qq{SELECT synrec.report_json('original', '"synthetic <b>&"', 'holdout', 7,
	'{$realism}'::jsonb || jsonb_build_object('title', '$quoted', 'candidates', (SELECT jsonb_agg(c) FROM candidates AS c)))});
my $report = decode_json($json);
save('build/report.json', $json);
sql(qq{CREATE TABLE reports AS SELECT \$json\$$json\$json\$::jsonb AS report});
my $page = sql('SELECT synrec.report_html(report) FROM reports');
is(sql('SELECT synrec.report_html(report) = synrec.report_html(report::text::jsonb) FROM reports'), 't', 'a stored report makes the same page');

# What the object has, and what it must not have.
is($report->{schema}, 1, 'the schema has a version');
is_deeply([map { $report->{data}{$_}{users} } qw(original synthetic holdout)], [2000, 1500, 500], 'the sides are told apart');
for my $measure (qw(membership deanonymization attribute))
{
	ok($report->{privacy}{$measure}{reference} > 0, "$measure has its reference");
}
is(sql(qq{SELECT bool_and(abs(value - (report #>> ARRAY['privacy', measure, 'value'])::float8) < 1e-6
	AND abs(reference - (report #>> ARRAY['privacy', measure, 'reference'])::float8) < 1e-6)
	FROM reports, synrec.identifiability('original', '"synthetic <b>&"', 'holdout', 7)}), 't', 'its privacy is what identifiability() says');
is(sql(qq{SELECT bool_and(f.value IS NULL AND r ->> 'value' IS NULL AND f.note = r ->> 'note' OR abs(f.value - (r ->> 'value')::float8) < 1e-6 AND abs(f.matched - (r ->> 'matched')::float8) < 1e-6)
	FROM synrec.fidelity('original', '"synthetic <b>&"', 'holdout', 7) AS f JOIN
	(SELECT jsonb_array_elements(report -> 'fidelity') AS r FROM reports) AS j ON r ->> 'measure' = f.measure}), 't', 'its fidelity is what fidelity() says');
is(sql(qq{SELECT abs(r.realism - (report #>> '{realism,realism}')::float8) < 1e-6 AND abs(r.ceiling - (report #>> '{realism,ceiling}')::float8) < 1e-6
	AND abs(r.floor - (report #>> '{realism,floor}')::float8) < 1e-6 AND r.reversed = (report #>> '{realism,reversed}')::int
	FROM reports, synrec.realism_report('original', '"synthetic <b>&"', 7,
		(report -> 'options' -> 'realism') || '{"ceiling": true, "floor": true}') AS r}), 't', 'its realism is what realism_report() says');
is(sql(q{SELECT bool_and(abs(c.identifiability - (p ->> 1)::float8) < 1e-6) FROM (SELECT jsonb_array_elements(report #> '{membership_curve,synthetic}') AS p FROM reports) AS j
	JOIN synrec.membership_curve('original', '"synthetic <b>&"', 50) AS c ON c.k = (p ->> 0)::int}), 't', 'its curve is what membership_curve() says');
is(sql(q{SELECT abs(m.auc - (report #>> '{inference,auc}')::float8) < 1e-6 FROM reports, synrec.membership_inference('original', 'holdout', '"synthetic <b>&"') AS m}), 't',
	'its audit is what membership_inference() says');
my @items = map { "@$_" } @{$report->{shapes}{items}};
is("@items", join(' ', map { "@$_" } sort { $a->[0] <=> $b->[0] || $a->[1] <=> $b->[1] } @{$report->{shapes}{items}}), 'items are in no order that names them');
(my $call = $report->{call}) =~ s/'\{.*/'{"parts": []}');/s;
like(sql($call), qr/<!DOCTYPE html>/, 'the call in it can be run');

# The page alone.
unlike($page, qr/[^\x00-\x7f]/, 'the page is ASCII');
unlike($page, qr/<script|javascript:|\son\w+=|<iframe|<object|<embed|<form/i, 'no script, whatever the title is');
like($page, qr/&#x3c;script&#x3e;alert/, 'the title is there as text');
my @outside = grep { !/^#/ && $_ ne 'data:,' } $page =~ /(?:src|href|action|poster)\s*=\s*["']?([^"'\s>]*)/gi;
is("@outside", '', 'nothing outside is referred to');
unlike($page, qr/\burl\(|\@import|https?:\/\/(?!www\.w3\.org\/2000\/svg)/i, 'nor in the style');
unlike($page, qr/\b(?:safe|anonymous|anonymi[sz]ed)\b/i, 'it promises nothing');
my %missing = map { $_ => 1 } $page =~ /href="#([^"]+)"/g;
delete $missing{$_} for $page =~ /\bid="([^"]+)"/g;
is(join(' ', sort keys %missing), '', 'every link has a place to go to');
like($page, qr/role="img"[^>]*>\s*<title>[^<]+<\/title>\s*<desc>/, 'charts have titles and descriptions');

# In the browser: the page in two frames of a page of ours, which has a script that looks at them.
my ($chromium) = grep { -x } map { "$_/chromium" } split /:/, $ENV{PATH};
if (!$chromium)
{
	note('chromium is not installed: apt-get install chromium');
	SKIP: { skip('no chromium to look at the page with', 1); }
	done_testing();
	exit;
}
my $script = <<'JS';
function luminance(c) { const [r, g, b] = c.map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; }
function numbers(text) { return text.match(/[\d.]+/g).map(Number); }
function ground(node, view) {
	for (; node; node = node.parentElement) {
		if (node.tagName === 'svg') return numbers(view.getComputedStyle(node.querySelector('.sr-paper')).fill);
		const color = numbers(view.getComputedStyle(node).backgroundColor);
		if (color.length < 4 || color[3] > 0) return color;
	}
	return [255, 255, 255];
}
/* The least contrast of a text, and which one that is. */
function contrast(view) {
	const walker = view.document.createTreeWalker(view.document.body, NodeFilter.SHOW_TEXT);
	let least = 99, where = '', texts = 0;
	while (walker.nextNode()) {
		const parent = walker.currentNode.parentElement, tag = parent.tagName.toLowerCase();
		if (!walker.currentNode.data.trim() || ['style', 'title', 'desc'].includes(tag)) continue;
		const style = view.getComputedStyle(parent);
		const ink = numbers(parent.closest('svg') ? style.fill : style.color).slice(0, 3);
		const [a, b] = [luminance(ink), luminance(ground(parent, view).slice(0, 3))];
		const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
		texts++;
		if (ratio < least) { least = ratio; where = tag + ': ' + walker.currentNode.data.trim().slice(0, 40); }
	}
	return [least, texts, where];
}
addEventListener('load', () => {
	const out = {};
	for (const name of ['wide', 'narrow']) {
		const view = document.getElementById(name).contentWindow, root = view.document.documentElement;
		out[name] = {scroll: root.scrollWidth, client: root.clientWidth, sections: view.document.querySelectorAll('section h2').length,
			charts: view.document.querySelectorAll('svg').length, requests: view.performance.getEntriesByType('resource').length,
			ground: luminance(ground(view.document.body, view).slice(0, 3)),
			small: Math.min(...[...view.document.querySelectorAll('svg text')].map(t => t.ownerSVGElement.getScreenCTM().a * parseFloat(view.getComputedStyle(t).fontSize)))};
	}
	[out.contrast, out.texts, out.where] = contrast(document.getElementById('wide').contentWindow);
	const pre = document.createElement('pre');
	pre.id = 'found';
	pre.textContent = JSON.stringify(out);
	document.body.appendChild(pre);
});
JS
(my $framed = $page) =~ s/&/&amp;/g;
$framed =~ s/"/&quot;/g;
save('build/report.html', $page);
save('build/report_frames.html', qq{<!DOCTYPE html><html style="color-scheme:light dark"><meta charset="utf-8"><link rel="icon" href="data:,"><title>frames</title><script>\n$script</script><body>
<iframe id="wide" width="1100" height="800" style="border:0" srcdoc="$framed"></iframe><iframe id="narrow" width="360" height="700" style="border:0" srcdoc="$framed"></iframe></body></html>});
my $here = `pwd`;
chomp $here;
my $browser = "$chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --disable-dev-shm-usage --disable-background-networking --user-data-dir=build/report_profile --enable-logging=stderr --v=0";
for my $scheme (['light', 1], ['dark', 0])
{
	my ($name, $preferred) = @$scheme;
	my $dom = `timeout 60 $browser --blink-settings=preferredColorScheme=$preferred --virtual-time-budget=5000 --dump-dom file://$here/build/report_frames.html 2>build/report_chromium.log`;
	my ($found) = $dom =~ /<pre id="found">(.*?)<\/pre>/s;
	ok(defined $found, "$name: the browser shows it") or next;
	$found =~ s/&gt;/>/g; $found =~ s/&lt;/</g; $found =~ s/&amp;/&/g;
	my $out = JSON::PP->new->decode($found);
	is(scalar(grep { /CONSOLE/ } split /\n/, do { open(my $log, '<', 'build/report_chromium.log') or die $!; local $/; <$log> }), 0, "$name: no message in the console");
	is($out->{wide}{requests} + $out->{narrow}{requests}, 0, "$name: no request leaves the page");
	is($out->{wide}{sections}, 8, "$name: all sections are there");
	is($out->{wide}{charts}, 8, "$name: and all charts");
	cmp_ok($out->{$_}{scroll}, '<=', $out->{$_}{client}, "$name: $_ as $out->{$_}{client} pixels, nothing sticks out") for qw(wide narrow);
	cmp_ok($out->{narrow}{small}, '>=', 7, "$name: text in charts is large enough on a phone ($out->{narrow}{small} pixels at least)");
	cmp_ok($out->{contrast}, '>=', 4.5, "$name: contrast of $out->{texts} texts is AA ($out->{where})");
	ok($name eq 'dark' ? $out->{wide}{ground} < 0.1 : $out->{wide}{ground} > 0.9, "$name: the ground is $name");
}
system("timeout 60 $browser --no-pdf-header-footer --print-to-pdf=build/report.pdf file://$here/build/report.html >/dev/null 2>&1");
my $pdf = -e 'build/report.pdf' ? do { open(my $in, '<:raw', 'build/report.pdf') or die $!; local $/; <$in> } : '';
my $sheets = () = $pdf =~ /\/Type\s*\/Page\b/g;
ok($pdf =~ /^%PDF/ && $sheets >= 3 && $sheets <= 12, "it prints on some sheets of paper ($sheets)");
done_testing();
