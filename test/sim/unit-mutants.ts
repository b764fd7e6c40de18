/**
 * Mutants that the simulator cannot reach by design: the transport is not in it, nobody in it can forge a signature,
 * and bounds that honest traffic never meets. The tests of their unit have to notice.
 */
import type { Change } from './mutants-table.ts';

export interface UnitMutant {
  readonly name: string;
  readonly removes: string;
  readonly changes: readonly Change[];
  /** The test file that must fail. */
  readonly test: string;
}

const mutant = (name: string, removes: string, test: string, change: Change): UnitMutant => ({
  name,
  removes,
  changes: [change],
  test: `test/unit/${test}`,
});

export const UNIT_MUTANTS: readonly UnitMutant[] = [
  mutant(
    'fast-way-to-any-block',
    'comparing what the fast way reaches with the block of the invitation',
    'node/fast-way.test.ts',
    {
      file: 'node/fast-way.ts',
      find: "if (isLast && !equalBytes(sealed.hash, checkpoint.hash)) return 'other-chain';",
      replace: '',
    },
  ),
  mutant(
    'unproved-blocks-are-given-away',
    'keeping back blocks whose signatures were not checked',
    'node/prover.test.ts',
    {
      file: 'node/prover.ts',
      find: 'return height > this.#proofs.proved && height < this.#proofs.to;',
      replace: 'return false;',
    },
  ),
  mutant(
    'answers-nobody-asked-for',
    'checking ahead only the signatures of answers that were asked for',
    'node/answers-ahead.test.ts',
    {
      file: 'node/answers-ahead.ts',
      find: "message.type !== 'syncResponse' || asked === undefined",
      replace: "message.type !== 'syncResponse'",
    },
  ),
  mutant(
    'own-stake-counted-in-amnesia',
    'leaving the own stake out of the quorum that ends amnesia',
    'core/guard.test.ts',
    {
      file: 'core/guard.ts',
      find: 'const level = this.#stake(committee, (reported) => reported <= tip);',
      replace: 'const level = 1 + this.#stake(committee, (reported) => reported <= tip);',
    },
  ),
  mutant('lonely-start', 'hearing a quorum after a start before anything is signed', 'core/guard.test.ts', {
    file: 'core/guard.ts',
    find: 'isQuorumStake(heard + ownStake, committee.totalStake) &&',
    replace: '',
  }),
  mutant('start-behind', 'catching up after a start before anything is signed', 'core/guard.test.ts', {
    file: 'core/guard.ts',
    find: 'const ahead = this.#stake(committee, (reported) => reported > tip);',
    replace: 'const ahead = 0 * tip;',
  }),
  mutant(
    'amnesia-ends-before-the-lane',
    'waiting for the own lane at the end of an amnesia',
    'core/guard.test.ts',
    {
      file: 'core/guard.ts',
      find: '|| !missing.lane();',
      replace: '|| true;',
    },
  ),
  mutant(
    'new-start-is-told-at-once',
    'telling a member of its starts before until it has heard that',
    'core/consensus.test.ts',
    {
      file: 'core/inbox.ts',
      find: 'if (hasHeardUs) peer.untold = [];',
      replace: 'peer.untold = [];',
    },
  ),
  mutant(
    'only-the-newest-start-is-told',
    'telling whoever connects of all its starts',
    'core/consensus.test.ts',
    {
      file: 'core/peers.ts',
      find: '  peer.untold = startsOf(peer);\n',
      replace: '',
    },
  ),
  mutant(
    'own-bundles-in-blocks-say-nothing',
    'noticing own bundles in blocks that are not held',
    'core/consensus.test.ts',
    {
      file: 'core/consensus.ts',
      find: 'if (!this.ownLane.settle(own)) this.guard.forget(this.height);',
      replace: 'this.ownLane.settle(own);',
    },
  ),
  mutant('a-third-is-weak', 'more than a third, not a third, for a weak quorum', 'core/quorum.test.ts', {
    file: 'core/quorum.ts',
    find: 'return 3 * stake > totalStake;',
    replace: 'return 3 * stake >= totalStake;',
  }),
  mutant(
    'few-members-change-slowly',
    'the exemption from the bound of stake changes below four members',
    'ledger/stake.test.ts',
    {
      file: 'ledger/stake.ts',
      find: 'staked < 4 ?',
      replace: 'staked < 0 ?',
    },
  ),
  mutant('any-number-of-open-votes', 'the bound of open votes per member', 'ledger/stake.test.ts', {
    file: 'ledger/stake.ts',
    find: 'MAX_OPEN_VOTES) {',
    replace: 'Infinity * MAX_OPEN_VOTES) {',
  }),
  mutant('no-replay-window', 'the replay window of a session', 'network/sessions.test.ts', {
    file: 'network/session.ts',
    find: "    if (!this.#window.fresh(counter)) return 'replayed';\n",
    replace: '',
  }),
  mutant('unlimited-checks', 'the budget of signature checks per peer', 'core/budgets.test.ts', {
    file: 'core/inbox.ts',
    find: "if (!mayTake(peer.checks, checksOf(message), checks, nowMs)) return this.#reject(from, 'check-budget');",
    replace: 'void checks;',
  }),
  mutant('unlimited-answers', 'the budget of answers per peer', 'core/budgets.test.ts', {
    file: 'core/inbox.ts',
    find: "return this.#reject(peer.publicKey, 'answer-budget');",
    replace: 'void 0;',
  }),
  mutant('cuts-beyond-the-window', 'the bound of bundles per lane in a cut', 'core/lanes.test.ts', {
    file: 'core/lanes.ts',
    find: 'if (length < 1 || length > this.windowOf(lane.owner))',
    replace: 'if (length < 1)',
  }),
  mutant('large-bundles-of-observers', 'the size bound of an observer', 'core/lanes.test.ts', {
    file: 'core/lanes.ts',
    find: "      if (!lane.owner.raised && sealed.bytes.length > OBSERVER_BUNDLE_BYTES) return 'too-large';\n",
    replace: '',
  }),
];
