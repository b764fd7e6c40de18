import { describe, expect, it } from 'vitest';
import { certificateOf, hashOf, skipCertificateOf } from './builders.ts';
import { RoundBench } from './round-bench.ts';

/** Nothing can stand behind a proposal of view 0, so nothing may come beside it: what comes would be unchecked. */
describe('a proposal of view 0 with certificates beside it', () => {
  const started = () => {
    const bench = RoundBench.follower();
    bench.round.start();
    const header = bench.header(0, [bench.hold(bench.bundle(0))]);
    return { bench, header };
  };

  it('with a forged notarisation is refused, and nobody commits to it', () => {
    const { bench, header } = started();
    const forged = {
      ...certificateOf(bench.network, 'N', 3, hashOf(9)),
      signatures: [0, 1, 2].map(() => new Uint8Array(64)),
    };
    const verdict = bench.round.onPropose(bench.propose(0, header, null, forged), 'leader');
    expect(verdict).toEqual({ rejected: 'needless-certificate' });
    expect(bench.recorder.saidOf('commit')).toEqual([]);
    expect(bench.round.log.highNotarisation).toBeNull();
  });

  it('with a skip certificate is refused, and no later leader builds on it', () => {
    const { bench, header } = started();
    const entry = skipCertificateOf(bench.network, 0);
    const forged = { ...entry, signatures: entry.signatures.map(() => new Uint8Array(64)) };
    const verdict = bench.round.onPropose(bench.propose(0, header, forged), 'leader');
    expect(verdict).toEqual({ rejected: 'needless-certificate' });
    expect(bench.round.skipCertificateOf(0)).toBeUndefined();
  });

  it('alone is accepted and voted for', () => {
    const { bench, header } = started();
    expect(bench.round.onPropose(bench.propose(0, header), 'leader')).toBe('accepted');
    expect(bench.recorder.saidOf('vote')).toMatchObject([{ view: 0, blockHash: header.hash }]);
  });
});
