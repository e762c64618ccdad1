# upgrade.awk: prints the upgrade script between two install scripts
#
#	awk -f upgrade.awk OLD.sql NEW.sql
#
# It is made of the statements of NEW that OLD does not have word by word, in
# their order.  Functions, aggregates, procedures and views replace what is
# there of that name and those arguments.  What cannot be replaced (types,
# operators, operator classes, domains, casts) is made when OLD has none of
# that name.  What else must change, and what must go, no comparison of texts
# can tell: that is written by hand (CONTRIBUTING.md).
#
# A statement ends with a line that ends in a semicolon, unless that is inside
# BEGIN ATOMIC ... END or between two $$.

FNR == 1 { script++ }
statement == "" && /^(--.*|\\.*)?$/ { next }
{ statement = statement $0 "\n" }
/;$/ && complete() {
	if (script == 1)
	{
		old[statement] = 1
		old_name[name()] = 1
	}
	else if (!(statement in old))
		print_change()
	statement = ""
}

function complete()
{
	copy = statement
	return gsub(/\$\$/, "", copy) % 2 == 0 && (statement !~ /\nBEGIN ATOMIC\n/ || statement ~ /\nEND;\n$/)
}

# The words that tell an object that cannot be replaced from others: its first
# line, and of an operator also the second, which has the types.
function name()
{
	split(statement, line, "\n")
	return statement ~ /^CREATE OPERATOR @/ ? line[1] line[2] : line[1]
}

function print_change()
{
	if (statement ~ /^CREATE (FUNCTION|AGGREGATE|PROCEDURE|VIEW) /)
		sub(/^CREATE/, "CREATE OR REPLACE", statement)
	else if (statement ~ /^CREATE / && name() in old_name)
		return
	printf "\n%s", statement
}
