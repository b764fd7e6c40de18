/** What a campaign must have come to: a rule that was never needed was not tested. */
import type { CommittedBlock } from '../../src-main/core/effects.ts';
import type { LedgerState } from '../../src-main/ledger/state.ts';
import type { Counters } from './counters.ts';

/** Counters that must not stay at zero. */
export const COVERAGE: readonly string[] = [
  ...['links', 'partition', 'one-way', 'crash', 'crash-all', 'disk', 'forget', 'client'].map(
    (kind) => `action ${kind}`,
  ),
  ...['now', 'before-write', 'torn-write', 'after-write', 'amid-sends'].map((moment) => `crash ${moment}`),
  'torn turns dropped',
  'unnoticed turns kept',
  'halted: disk-full',
  'halted: io',
  'forgot: safety-log',
  'forgot: older-copy',
  'forgot: everything',
  'silent: amnesia',
  'amnesia ended',
  'signed again at H+3',
  'skips',
  'S carried an N',
  're-proposals',
  're-proposals committed',
  'blocks after skipped views',
  'flush blocks',
  'members demoted',
  'members forgiven',
  'stakes changed',
  'memory checks',
  'published evidence',
  'published laneFork',
  'published rejected',
  ...['pull', 'certificate', 'syncRequest', 'syncResponse'].map((type) => `sent ${type}`),
];

export function uncovered(counters: ReadonlyMap<string, number>): string[] {
  return COVERAGE.filter((name) => (counters.get(name) ?? 0) === 0);
}

/** One block that nobody had before, the state after it and the one before. */
export function countBlock(
  counters: Counters,
  { sealed, certificate, bundles }: CommittedBlock,
  after: LedgerState,
  before: LedgerState | null,
): void {
  const { view, height } = sealed.header;
  counters.add('blocks');
  if (view > 0) counters.add('blocks after skipped views');
  if (certificate.view > view) counters.add('re-proposals committed');
  if (bundles.length === 0) counters.add('flush blocks');
  const earlier = new Map(before?.members.map((member) => [member.id, member]));
  for (const { id, stake, misses, demotedUntil } of after.members) {
    const member = earlier.get(id);
    if (member === undefined) counters.add('members joined');
    else if (member.stake !== stake) counters.add('stakes changed');
    if (demotedUntil > height && (member?.demotedUntil ?? 0) < demotedUntil) counters.add('members demoted');
    if (member !== undefined && member.misses > 0 && misses === 0) counters.add('members forgiven');
  }
  if (after.members.length < earlier.size) counters.add('members left');
}
