/** Sums outcomes up and puts them into words: failures readable, skips with reasons, then the one line that others read. */

/** A skip whose reason begins with "missing" wants a tool; where everything is required, that is a failure. */
export function judged(outcomes, { requiresAll }) {
  if (!requiresAll) return outcomes;
  return outcomes.map((outcome) =>
    outcome.status === 'skipped' && outcome.message?.startsWith('missing')
      ? { ...outcome, status: 'failed', message: `${outcome.message} (required by REQUIRE_ALL=1)` }
      : outcome,
  );
}

export function tally(outcomes) {
  const of = (wanted) => outcomes.filter(({ status }) => status === wanted);
  const [passed, failed, skipped] = [of('passed'), of('failed'), of('skipped')];
  const indented = (text) =>
    text
      .trim()
      .split('\n')
      .map((line) => `    ${line}`)
      .join('\n');
  const lines = [
    ...(failed.length > 0 ? ['', 'Failed:'] : []),
    ...failed.map(({ name, message }) => `  ✗ ${name}${message ? `\n${indented(message)}` : ''}`),
    ...(skipped.length > 0 ? ['', 'Skipped:'] : []),
    ...inGroups(skipped),
    '',
    `tests: ${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`,
  ];
  return { text: `${lines.join('\n')}\n`, isGood: failed.length === 0 };
}

/** A suite that skips as a whole is one line; its reason is its own or stands in its name. */
function inGroups(skipped) {
  const groups = new Map();
  for (const { name, message } of skipped) {
    const [suite] = name.split(' > ');
    const line = message ? `${suite}: ${message}` : suite;
    groups.set(line, (groups.get(line) ?? 0) + 1);
  }
  return [...groups].map(([line, count]) => `  - ${line}${count > 1 ? ` (${count} tests)` : ''}`);
}
