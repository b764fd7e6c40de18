/**
 * The mandatory mutants of PROTOCOL section 5: each takes one thing out of the protocol. `find` must occur
 * exactly once in its file. The campaign that does not catch every one of them proves nothing.
 */
import type { ArenaName } from './arenas.ts';

export interface Change {
  /** Below src-main/. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Mutant {
  readonly name: string;
  /** What it takes away, for the table. */
  readonly removes: string;
  readonly changes: readonly Change[];
  /** Where it shows. */
  readonly arena: ArenaName;
  /** Runs after which it counts as missed. */
  readonly maxSeeds: number;
  /**
   * Liveness mutants break no invariant, they cost time: caught when over `seeds` runs this many times as
   * many views are given up as by the unchanged code on the same seeds.
   */
  readonly slowdown?: { readonly factor: number; readonly seeds: number };
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'commit-after-skip',
    removes: 'no COMMIT in a view that was given up (rule 3)',
    changes: [{ file: 'core/rules.ts', find: 'log.skipView >= high.view || ', replace: '' }],
    arena: 'rough',
    maxSeeds: 50,
  },
  {
    name: 'vote-after-skip',
    removes: 'no VOTE in a view that was given up (rule 3)',
    changes: [
      {
        file: 'core/rules.ts',
        find: 'log.votedView >= view || log.skipView >= view',
        replace: 'log.votedView >= view',
      },
    ],
    arena: 'rough',
    maxSeeds: 50,
  },
  {
    name: 'losing-the-skip-record',
    removes: 'SKIP and skipView in the safety log',
    changes: [
      {
        file: 'core/safety-log.ts',
        find: "    this.#persistMessage('skip', String(skip.view), skip);\n",
        replace: '',
      },
      {
        file: 'core/safety-log.ts',
        find: '[this.view, this.votedView, this.skipView] = [word(0), word(4), word(8)];',
        replace: '[this.view, this.votedView] = [word(0), word(4)];',
      },
    ],
    arena: 'hostile',
    maxSeeds: 20,
  },
  {
    name: 'losing-the-vote-record',
    removes: 'VOTE and votedView in the safety log',
    changes: [
      {
        file: 'core/safety-log.ts',
        find: "    this.#persistMessage('vote', String(vote.view), vote);\n",
        replace: '',
      },
      {
        file: 'core/safety-log.ts',
        find: '[this.view, this.votedView, this.skipView] = [word(0), word(4), word(8)];',
        replace: '[this.view, , this.skipView] = [word(0), word(4), word(8)];',
      },
    ],
    arena: 'hostile',
    maxSeeds: 20,
  },
  {
    name: 'ignoring-hi',
    removes: 'the duty to carry on what the skips name, in proposing and in accepting',
    changes: [
      {
        file: 'core/rules.ts',
        find: 'const named = entry === null ? -1 : highestNamed(entry.certificate);',
        replace: 'const named = entry === null ? -1 : highestNamed(entry.certificate) * 0 - 1;',
      },
      {
        file: 'core/rules.ts',
        find: 'state.memory.highestNotarisation(Math.max(named, 0), view) ?? null;',
        replace: 'state.memory.highestNotarisation(view, view) ?? null;',
      },
      {
        file: 'core/validity.ts',
        find: "return named === -1 && header.view === view ? null : 'not-carried-on';",
        replace: "return header.view === view ? null : 'not-carried-on';",
      },
    ],
    arena: 'rough',
    maxSeeds: 50,
  },
  {
    name: 'ignoring-hi-in-accepting',
    removes: 'the refusal of a fresh block where the skips name a notarisation',
    changes: [
      {
        file: 'core/validity.ts',
        find: "return named === -1 && header.view === view ? null : 'not-carried-on';",
        replace: "return header.view === view ? null : 'not-carried-on';",
      },
    ],
    arena: 'freshProposer',
    maxSeeds: 100,
  },
  {
    name: 'certificates-beside-view-0',
    removes: 'the refusal of certificates beside a proposal of view 0, which nothing checks',
    changes: [
      {
        file: 'core/validity.ts',
        find: "    if (skipCertificate !== null || notarisation !== null) return 'needless-certificate';\n",
        replace: '',
      },
    ],
    arena: 'forgingLeader',
    maxSeeds: 20,
  },
  {
    name: 'forgetting-hn',
    removes: 'naming the highest notarisation in a SKIP',
    changes: [
      {
        file: 'core/statements.ts',
        find: 'const hn = notarisation === null ? -1 : notarisation.view;',
        replace: 'const hn = -1;',
      },
    ],
    arena: 'rough',
    maxSeeds: 50,
  },
  {
    name: 'view-0-is-none',
    removes: 'the difference between view 0 and no view (`highN.view || -1`)',
    changes: [
      {
        file: 'core/statements.ts',
        find: 'const hn = notarisation === null ? -1 : notarisation.view;',
        replace: 'const hn = notarisation?.view || -1;',
      },
    ],
    arena: 'rough',
    maxSeeds: 50,
  },
  {
    name: 'losing-the-proposal-record',
    removes: 'the own PROPOSE in the safety log (rule 1)',
    changes: [
      {
        file: 'core/safety-log.ts',
        find: "    this.#persistMessage('proposal', String(propose.view), { type: 'propose', propose });\n",
        replace: '',
      },
    ],
    arena: 'hostile',
    maxSeeds: 20,
  },
  {
    name: 'header-not-persisted',
    removes: 'the header in the safety log before a VOTE',
    changes: [
      {
        file: 'core/safety-log.ts',
        find: "    this.#persistOnce('header', toText(sealed.hash), sealed.bytes);\n",
        replace: '    void sealed;\n',
      },
    ],
    arena: 'hostile',
    maxSeeds: 20,
  },
  {
    name: 'speaking-after-a-failed-write',
    removes: 'the end of all signing when a durable write fails (rule 5)',
    changes: [
      {
        file: 'node/driver.ts',
        find: 'if (durable.length > 0) this.#ports.store.write(withoutObsolete(durable));',
        replace:
          'try { if (durable.length > 0) this.#ports.store.write(withoutObsolete(durable)); } catch {}',
      },
    ],
    arena: 'hostile',
    maxSeeds: 20,
  },
  {
    name: 'signing-at-H+1-after-amnesia',
    removes: 'two of the three heights that are waited for after amnesia',
    changes: [
      { file: 'core/guard.ts', find: 'const AMNESIA_HEIGHTS = 3;', replace: 'const AMNESIA_HEIGHTS = 1;' },
    ],
    arena: 'forgetful',
    maxSeeds: 50,
  },
  {
    name: 'two-thirds-are-a-quorum',
    removes: 'more than two thirds, not two thirds, for a quorum',
    changes: [
      {
        file: 'core/quorum.ts',
        find: 'return 3 * stake > 2 * totalStake;',
        replace: 'return 3 * stake >= 2 * totalStake;',
      },
    ],
    arena: 'three',
    maxSeeds: 50,
  },
  {
    name: 'highN-not-persisted',
    removes: 'highN in the safety log',
    changes: [
      {
        file: 'core/safety-log.ts',
        find: "    this.#persistMessage('highNotarisation', '', beside);\n",
        replace: '',
      },
    ],
    arena: 'hostile',
    maxSeeds: 20,
  },
  {
    name: 'entry-certificate-not-persisted',
    removes: 'entryCert in the safety log',
    changes: [
      { file: 'core/safety-log.ts', find: "this.#persistMessage('entryCertificate', '',", replace: 'void (' },
    ],
    arena: 'hostile',
    maxSeeds: 20,
  },
  {
    name: 'bodies-not-persisted',
    removes: 'the cited bundles in the safety log before a VOTE',
    changes: [
      {
        file: 'core/safety-log.ts',
        find: "for (const bundle of bundles) this.#persistOnce('bundle', toText(bundle.digest), bundle.bytes);",
        replace: 'void bundles;',
      },
    ],
    arena: 'hostile',
    maxSeeds: 20,
  },
  {
    name: 'skip-without-its-notarisation',
    removes: 'the demand for the N behind the hn of a SKIP or an S',
    changes: [
      {
        file: 'core/round.ts',
        find: 'if (hn >= 0 && (this.#state.log.highNotarisation?.view ?? -1) < hn)',
        replace: 'if (hn > view)',
      },
      {
        file: 'core/round.ts',
        find: "if (highestNamed(certificate) >= 0 && behind === null) return { rejected: 'skip-unusable' };\n",
        replace: '',
      },
    ],
    arena: 'lyingSkipper',
    maxSeeds: 50,
  },
  {
    name: 'keeping-withdrawn-skips',
    removes: 'forgetting a view when its last SKIP from far ahead was replaced',
    changes: [
      {
        file: 'core/ballots.ts',
        find: '    if (ballots?.size === 0) this.#skips.delete(view);\n',
        replace: '',
      },
    ],
    arena: 'flooder',
    maxSeeds: 5,
  },
  {
    name: 'keeping-all-of-the-next-height',
    removes: 'the limit of messages that are kept for the next height',
    changes: [
      {
        file: 'core/inbox.ts',
        find: 'if (kept.length < MAX_KEPT_PER_PEER) ',
        replace: 'void MAX_KEPT_PER_PEER; ',
      },
    ],
    arena: 'flooder',
    maxSeeds: 5,
  },
  {
    name: 'keeping-all-variants',
    removes: 'the limit of variants of a bundle that nobody cites',
    changes: [
      {
        file: 'core/lanes.ts',
        find: "      if (variants.length >= MAX_VARIANTS) return 'too-many-variants';\n",
        replace: '      void MAX_VARIANTS;\n',
      },
    ],
    arena: 'flooder',
    maxSeeds: 5,
  },
  {
    name: 'bundles-beyond-the-window',
    removes: 'the bound of uncommitted bundles that are kept per lane',
    changes: [
      {
        file: 'core/lanes.ts',
        find: "    if (seq > lane.owner.laneSeq + this.windowOf(lane.owner)) return 'beyond-window';\n",
        replace: '',
      },
    ],
    arena: 'flooder',
    maxSeeds: 5,
  },
  {
    name: 'one-tag-for-vote-and-commit',
    removes: 'the difference between the signature tags of VOTE and COMMIT',
    changes: [
      { file: 'core/signing.ts', find: "commit: utf8('DIVA:COM')", replace: "commit: utf8('DIVA:VOT')" },
    ],
    arena: 'relabellers',
    maxSeeds: 10,
  },
  {
    name: 'stakes-change-at-once',
    removes: 'the bound of stake changes per block',
    changes: [{ file: 'ledger/stake.ts', find: 'staked < 4 ?', replace: 'staked < 1000 ?' }],
    arena: 'eagerSigners',
    maxSeeds: 20,
  },
  {
    name: 'exactly-N(hn)-beside-a-skip',
    removes: 'a later N in place of the one a SKIP names',
    changes: [
      {
        file: 'core/round.ts',
        find: 'if (hn >= 0 && (this.#state.log.highNotarisation?.view ?? -1) < hn)',
        replace: 'if (hn >= 0 && notarisation?.view !== hn)',
      },
    ],
    arena: 'oneAway',
    maxSeeds: 2000,
  },
  {
    name: 'any-bundle-ends-a-demotion',
    removes: 'the limit of misses up to which a bundle ends a demotion',
    changes: [
      {
        file: 'ledger/demotion.ts',
        find: '  if (member.misses > MISSES_A_BUNDLE_ENDS) return;\n',
        replace: '  void MISSES_A_BUNDLE_ENDS;\n',
      },
    ],
    arena: 'silentLeader',
    maxSeeds: 8,
    slowdown: { factor: 2, seeds: 4 },
  },
  {
    name: 'status-repairs-only-the-asker',
    removes: 'asking back when a STATUS shows more',
    changes: [
      {
        file: 'core/repair.ts',
        find: '(isUntold || this.#showsMore(status))',
        replace: 'isUntold',
      },
    ],
    arena: 'steadyLoss',
    maxSeeds: 8,
    slowdown: { factor: 2, seeds: 8 },
  },
  {
    name: 'view-0-without-proposing',
    removes: 'proposing at once on entering a height',
    changes: [
      {
        file: 'core/round.ts',
        find: 'if (log.view < 0) this.#state.enter(0, null);\n    this.react();',
        replace: 'if (log.view < 0) this.#state.enter(0, null);\n    else this.react();',
      },
    ],
    arena: 'bursts',
    maxSeeds: 8,
    slowdown: { factor: 2, seeds: 8 },
  },
];
