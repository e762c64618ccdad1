"""How long a statement goes on after statement_timeout has cancelled it.

The timeouts are spread over the time that each statement takes.

Prints one line of tab-separated fields: the longest wait in milliseconds, and
how many were tried.
"""
import psycopg2

from common import cursor, report, timed

WORKS = ("SELECT synrec.fit(original, synrec.topics()) FROM p20x",
         "SELECT synrec.fit(original, synrec.topic_pairs()) FROM p20x",
         "SELECT synrec.generate_interactions(topics, 1000000) FROM topic_models",
         "SELECT synrec.generate_interactions(topic_pairs, 300000) FROM topic_models")
POINTS = 12


def cancelled(work, timeout):
    """Milliseconds until the error."""
    cursor.execute(f"SET statement_timeout = {timeout}")

    def run():
        try:
            cursor.execute(work)
        except psycopg2.errors.QueryCanceled:
            return True
        return False
    time, answered = timed(run)
    cursor.execute("SET statement_timeout = 0")
    return time if answered else None


waits = []
for work in WORKS:
    whole, _ = timed(lambda: cursor.execute(work)) if "fit" in work else (12000, None)
    for point in range(POINTS):
        timeout = int(whole * (point + 0.5) / POINTS) + 1
        time = cancelled(work, timeout)
        if time is not None:
            waits.append(time - timeout)
report(max(waits), len(waits))
