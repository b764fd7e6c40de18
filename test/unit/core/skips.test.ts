/** Giving views up, and what the next view must know (PROTOCOL section 4.3). */
import { describe, expect, it } from 'vitest';
import { certificateOf, hashOf, skipCertificateOf, skipOf, voteOf } from './builders.ts';
import { RoundBench } from './round-bench.ts';

const { proposed } = RoundBench;
const skipsSaid = (bench: RoundBench) =>
  bench.recorder.saidOf('skip').map(({ view, hn, notarisation }) => [view, hn, notarisation?.view ?? null]);

describe('SKIP', () => {
  it('follows the timer while something waits, once per view', () => {
    const { bench } = proposed();
    bench.round.onTimer();
    bench.round.onTimer();
    expect(skipsSaid(bench)).toEqual([[0, -1, null]]);
  });

  it('does not follow the timer of an idle node', () => {
    const bench = RoundBench.follower();
    bench.round.start();
    bench.round.onTimer();
    expect(skipsSaid(bench)).toEqual([]);
  });

  it('names the highest notarisation and carries it along: view 0 is a view', () => {
    const { bench, header, propose } = proposed();
    bench.round.onPropose(propose, 'p');
    bench.ballots('vote', 0, header, bench.others);
    bench.round.onTimer();
    expect(skipsSaid(bench)).toEqual([[0, 0, 0]]);
  });

  it('follows the skips of more than a third', () => {
    const { bench } = proposed();
    const [first, second] = bench.others.filter((index) => index !== bench.leaderIndex(0));
    bench.skips(0, [first!]);
    expect(skipsSaid(bench)).toEqual([]);
    bench.skips(0, [second!]);
    expect(skipsSaid(bench)).toEqual([[0, -1, null]]);
  });

  it('follows the own skip of the leader, while something waits', () => {
    const { bench } = proposed();
    bench.skips(0, [bench.leaderIndex(0)]);
    expect(skipsSaid(bench)).toEqual([[0, -1, null]]);
    const idle = RoundBench.follower();
    idle.round.start();
    idle.skips(0, [idle.leaderIndex(0)]);
    expect(skipsSaid(idle)).toEqual([]);
  });

  it('does not follow weak skips of a later view', () => {
    const { bench } = proposed();
    bench.skips(3, bench.others.slice(0, 2));
    expect(skipsSaid(bench)).toEqual([]);
    expect(bench.round.view).toBe(0);
    expect(bench.round.isBusy()).toBe(true);
  });

  it('is on disk before it is said', () => {
    const { bench } = proposed();
    bench.recorder.forget();
    bench.round.onTimer();
    const kinds = bench.recorder.effects.map((effect) =>
      effect.type === 'persistSafety' ? effect.record.kind : effect.type,
    );
    expect(kinds).toEqual(['views', 'skip', 'send']);
  });
});

describe('a SKIP of another member', () => {
  const started = () => {
    const { bench } = proposed();
    const [first] = bench.others as [number];
    return { bench, first };
  };

  it('counts once', () => {
    const { bench, first } = started();
    expect(bench.skips(0, [first, first])).toEqual(['accepted', 'ignored']);
  });

  it('with another hn is evidence', () => {
    const { bench, first } = started();
    const notarisation = certificateOf(bench.network, 'N', 0, hashOf(1), bench.others);
    bench.skips(0, [first]);
    expect(bench.skips(0, [first], 0, notarisation)).toEqual([{ rejected: 'conflicting-statement' }]);
    expect(bench.evidence).toMatchObject([
      [
        { kind: 'skip', hn: -1 },
        { kind: 'skip', hn: 0 },
      ],
    ]);
  });

  it('that hides its own COMMIT is evidence', () => {
    const { bench, first } = started();
    bench.round.onVote(voteOf(bench.network, 'commit', first, 0, hashOf(1)));
    bench.skips(1, [first]);
    expect(bench.evidence).toMatchObject([
      [
        { kind: 'commit', view: 0 },
        { kind: 'skip', view: 1, hn: -1 },
      ],
    ]);
  });

  it('that is followed by a COMMIT which it hid is evidence too', () => {
    const { bench, first } = started();
    bench.skips(1, [first]);
    bench.round.onVote(voteOf(bench.network, 'commit', first, 0, hashOf(1)));
    expect(bench.evidence).toHaveLength(1);
  });

  it('counts only with the notarisation that it names', () => {
    const { bench, first } = started();
    expect(bench.skips(2, [first], 1)).toEqual([{ rejected: 'skip-without-notarisation' }]);
    const lower = certificateOf(bench.network, 'N', 0, hashOf(1), bench.others);
    expect(bench.skips(2, [first], 1, lower)).toEqual([{ rejected: 'skip-without-notarisation' }]);
    const named = certificateOf(bench.network, 'N', 1, hashOf(1), bench.others);
    expect(bench.skips(2, [first], 1, named)).toEqual(['accepted']);
    expect(bench.round.log.highNotarisation?.view).toBe(1);
    expect(bench.skips(2, [bench.others[1]!], 1)).toEqual(['accepted']);
  });

  it('may carry a higher notarisation than it names', () => {
    const { bench, first } = started();
    const higher = certificateOf(bench.network, 'N', 2, hashOf(1), bench.others);
    expect(bench.skips(2, [first], 0, higher)).toEqual(['accepted']);
  });

  it.each([
    ['a forged notarisation', 'N', true],
    ['a commit certificate', 'C', false],
  ] as const)('is refused with %s beside it', (_, kind, forged) => {
    const { bench, first } = started();
    const valid = certificateOf(bench.network, kind, 0, hashOf(1), bench.others);
    const certificate = forged
      ? { ...valid, signatures: valid.signatures.map(() => new Uint8Array(64)) }
      : valid;
    expect(bench.skips(0, [first], 0, certificate)).toEqual([{ rejected: 'skip-notarisation' }]);
    expect(bench.round.log.highNotarisation).toBeNull();
  });

  it('is refused when it names a later view than its own, or is not signed', () => {
    const { bench, first } = started();
    expect(bench.skips(0, [first], 1)).toEqual([{ rejected: 'index' }]);
    const skip = skipOf(bench.network, first, 0);
    expect(bench.round.onSkip({ ...skip, index: 9 })).toEqual({ rejected: 'index' });
    expect(bench.round.onSkip({ ...skip, view: 1 })).toEqual({ rejected: 'skip-signature' });
    expect(bench.round.onSkip({ ...skip, height: 3 })).toBe('ignored');
  });
});

describe('the next view', () => {
  it('is entered with a quorum of skips, the own one included', () => {
    const { bench } = proposed(2);
    bench.round.onTimer();
    bench.recorder.forget();
    bench.skips(0, bench.others.slice(0, 2));
    expect(bench.round.view).toBe(1);
    const kinds = bench.recorder.of('persistSafety').map(({ record }) => record.kind);
    expect(kinds).toEqual(['views', 'entryCertificate']);
    expect(bench.round.log.entry).toMatchObject({ certificate: { kind: 'S', view: 0 }, notarisation: null });
  });

  it('is entered with the notarisation behind the skips, for those who come later', () => {
    const { bench, header } = proposed(2);
    const notarisation = certificateOf(bench.network, 'N', 0, header.hash, bench.others);
    bench.skips(0, bench.others, 0, notarisation);
    expect(bench.round.view).toBe(1);
    expect(bench.round.log.entry?.notarisation).toEqual(notarisation);
  });

  it('can be far away', () => {
    const { bench } = proposed();
    bench.skips(7, bench.others);
    expect(bench.round.view).toBe(8);
  });

  it('is entered by a skip certificate that is usable', () => {
    const { bench } = proposed();
    const silent = skipCertificateOf(bench.network, 4, -1, bench.others);
    expect(bench.round.onCertificate(silent, null, null)).toBe('accepted');
    expect(bench.round.view).toBe(5);
  });

  it('is not entered by a skip certificate whose notarisation nobody shows', () => {
    const { bench } = proposed();
    const naming = skipCertificateOf(bench.network, 4, [2, -1, 0], bench.others);
    const lower = certificateOf(bench.network, 'N', 1, hashOf(1), bench.others);
    expect(bench.round.onCertificate(naming, null, null)).toEqual({ rejected: 'skip-unusable' });
    expect(bench.round.onCertificate(naming, null, lower)).toEqual({ rejected: 'skip-unusable' });
    expect(bench.round.skipCertificateOf(4)).toBeUndefined();
    expect(bench.round.view).toBe(1);
    const named = certificateOf(bench.network, 'N', 2, hashOf(1), bench.others);
    expect(bench.round.onCertificate(naming, null, named)).toBe('accepted');
    expect(bench.round.view).toBe(5);
    expect(bench.round.log.entry).toEqual({ certificate: naming, notarisation: named });
  });

  it('ends what was proposed before it', () => {
    const { bench, propose } = proposed(2);
    bench.skips(0, bench.others);
    expect(bench.round.onPropose(propose, 'p')).toBe('ignored');
    expect(bench.recorder.saidOf('vote')).toEqual([]);
  });
});

describe('after a restart', () => {
  it('a node has its view, and does not vote or skip again', () => {
    const { bench, propose, header } = proposed();
    bench.round.onPropose(propose, 'p');
    bench.round.onTimer();
    bench.restart();
    expect(bench.round.view).toBe(0);
    bench.round.onPropose(propose, 'p');
    bench.round.onTimer();
    expect(bench.recorder.said).toEqual([]);
    expect(bench.round.log.votes.get(0)).toMatchObject({ blockHash: header.hash });
  });

  it('a leader does not propose another block', () => {
    const bench = RoundBench.leader(0);
    bench.round.start();
    const bundle = bench.hold(bench.bundle(0));
    bench.round.react();
    const before = bench.recorder.saidOf('propose');
    bench.restart();
    bench.hold(bench.bundle(1));
    bench.round.react();
    expect(bench.recorder.saidOf('propose')).toEqual([]);
    expect(bench.round.proposalOf(0)).toEqual(before[0]!.propose);
    expect(bench.round.proposalOf(0)!.sealed).toEqual(bench.header(0, [bundle]));
  });

  it('a node that committed still names what it committed to', () => {
    const { bench, propose, header } = proposed();
    bench.round.onPropose(propose, 'p');
    bench.ballots('vote', 0, header, bench.others);
    expect(bench.recorder.saidOf('commit')).toHaveLength(1);
    bench.restart();
    bench.round.onTimer();
    expect(skipsSaid(bench)).toEqual([[0, 0, 0]]);
    expect(bench.round.header(header.hash)).toEqual(header);
  });

  it('a node has the bundles that it voted for, and the certificate of its view', () => {
    const { bench, bundle } = proposed(2);
    bench.skips(0, bench.others);
    const entry = bench.round.log.entry;
    const later = bench.header(1, [bundle]);
    bench.round.onPropose(bench.propose(1, later, entry!.certificate), 'p');
    bench.lanes.settle([]);
    bench.lanes.settle(
      bench.network.keys.map(({ publicKey }, id) => ({
        id,
        publicKey,
        stake: 1,
        raised: true,
        laneSeq: 0,
        laneDigest: new Uint8Array(32),
      })),
    );
    expect(bench.lanes.size).toBe(0);
    bench.restart();
    expect(bench.lanes.get(bundle.digest)).toEqual(bundle);
    expect(bench.round.log.entry).toEqual(entry);
    expect(bench.round.skipCertificateOf(0)).toEqual(entry);
  });
});

describe('progress, which puts off asking again,', () => {
  const isProgress = (bench: RoundBench, work: () => void): boolean => {
    const before = bench.recorder.progressCount;
    work();
    return bench.recorder.progressCount > before;
  };

  it('is a skip of this view or the next, but not of one far ahead that replaces another', () => {
    const { bench } = proposed();
    const [member] = bench.others;
    expect(isProgress(bench, () => bench.skips(0, [member!]))).toBe(true);
    expect(isProgress(bench, () => bench.skips(1, [member!]))).toBe(true);
    expect(isProgress(bench, () => [5, 6, 7].map((view) => bench.skips(view, [member!])))).toBe(false);
  });

  it('is a certificate, and its header, when they are new', () => {
    const { bench, header } = proposed();
    const learn = (signers: readonly number[], sealed: typeof header | null) =>
      isProgress(bench, () =>
        bench.round.onCertificate(certificateOf(bench.network, 'N', 0, header.hash, signers), sealed, null),
      );
    const [first, second, third] = bench.others;
    expect(learn([first!, second!, third!], null)).toBe(true);
    expect(learn([first!, second!, third!], null)).toBe(false);
    expect(learn([first!, second!, third!], header)).toBe(true);
    expect(learn([first!, second!, third!], header)).toBe(false);
  });

  it('is a skip certificate when it is new, or names less than the one before', () => {
    const { bench, header } = proposed();
    const signers = bench.others;
    const notarisation = certificateOf(bench.network, 'N', 0, header.hash, signers);
    const learn = (hn: number) =>
      isProgress(bench, () =>
        bench.round.onCertificate(skipCertificateOf(bench.network, 1, hn, signers), null, notarisation),
      );
    expect(learn(0)).toBe(true);
    expect(learn(0)).toBe(false);
    expect(learn(-1)).toBe(true);
    expect(learn(-1)).toBe(false);
  });
});
