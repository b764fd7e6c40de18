/** The five rules, and what makes each message count (PROTOCOL section 4.3). Everybody else is played by the test. */
import { describe, expect, it } from 'vitest';
import { certificateOf, hashOf, skipCertificateOf, skipOf, voteOf } from './builders.ts';
import { RoundBench } from './round-bench.ts';

const { proposed } = RoundBench;
const viewsSaid = (bench: RoundBench, type: 'vote' | 'commit' | 'skip') =>
  bench.recorder.saidOf(type).map(({ view }) => view);

describe('VOTE', () => {
  it('follows a valid proposal, once', () => {
    const { bench, header, propose } = proposed();
    expect(bench.round.onPropose(propose, 'p')).toBe('accepted');
    expect(bench.recorder.saidOf('vote')).toEqual([
      voteOf(bench.network, 'vote', bench.ownIndex, 0, header.hash),
    ]);
    expect(bench.round.onPropose(propose, 'p')).toBe('ignored');
    expect(viewsSaid(bench, 'vote')).toEqual([0]);
  });

  it('never goes to a second proposal of a view: that is evidence', () => {
    const { bench, propose } = proposed();
    bench.round.onPropose(propose, 'p');
    const other = bench.propose(0, bench.header(0, [bench.hold(bench.bundle(1))]));
    expect(bench.round.onPropose(other, 'p')).toEqual({ rejected: 'second-proposal' });
    expect(viewsSaid(bench, 'vote')).toEqual([0]);
    expect(bench.evidence).toMatchObject([[{ kind: 'propose' }, { kind: 'propose' }]]);
  });

  it('never follows a SKIP of its view', () => {
    const { bench, propose } = proposed();
    bench.round.onTimer();
    bench.round.onPropose(propose, 'p');
    expect(viewsSaid(bench, 'vote')).toEqual([]);
  });

  it('does not go to an invalid header, and says why', () => {
    const { bench } = proposed();
    bench.round.onPropose(bench.propose(0, bench.header(0, [], { cut: [] })), 'p');
    bench.round.react();
    expect(viewsSaid(bench, 'vote')).toEqual([]);
    expect(bench.recorder.of('rejected').map(({ reason }) => reason)).toEqual(['header-empty']);
  });

  it('does not go to an invalid cut', () => {
    const { bench, bundle } = proposed();
    const cut = [{ origin: 0, toSeq: 2, tipDigest: bundle.digest }];
    bench.round.onPropose(bench.propose(0, bench.header(0, [], { cut })), 'p');
    expect(viewsSaid(bench, 'vote')).toEqual([]);
    expect(bench.recorder.of('rejected')).toHaveLength(1);
  });

  it('waits for what the proposal cites, and asks its sender first', () => {
    const { bench } = proposed();
    const missing = bench.bundle(2, 'late');
    bench.round.onPropose(bench.propose(0, bench.header(0, [missing])), 'sender');
    expect(viewsSaid(bench, 'vote')).toEqual([]);
    expect(bench.round.wants).toMatchObject({
      headers: [],
      lanes: [{ tipDigest: missing.digest }],
      sources: ['sender'],
    });
    bench.hold(missing);
    bench.round.react();
    expect(viewsSaid(bench, 'vote')).toEqual([0]);
    expect(bench.round.wants).toBeNull();
  });

  it('is not given by an observer, nor while this node must not sign', () => {
    const observer = new RoundBench();
    Object.assign(observer.facts, { selfIndex: undefined });
    observer.round.start();
    const header = observer.header(0, [observer.hold(observer.bundle(0))]);
    observer.round.onPropose(observer.propose(0, header), 'p');
    expect(observer.recorder.said).toEqual([]);

    const { bench, propose } = proposed();
    bench.maySign = false;
    bench.round.onPropose(propose, 'p');
    expect(bench.recorder.said).toEqual([]);
    bench.maySign = true;
    bench.round.react();
    expect(viewsSaid(bench, 'vote')).toEqual([0]);
  });

  it('is on disk, with the header and every cited bundle, in the turn that says it', () => {
    const { bench, propose } = proposed();
    bench.recorder.forget();
    bench.round.onPropose(propose, 'p');
    const kinds = bench.recorder.effects.map((effect) =>
      effect.type === 'persistSafety' ? effect.record.kind : effect.type,
    );
    expect(kinds).toEqual(['views', 'header', 'bundle', 'vote', 'send']);
  });
});

describe('a PROPOSE', () => {
  it('counts only with the signature of its leader', () => {
    const { bench, propose } = proposed();
    const forged = { ...propose, signature: new Uint8Array(64) };
    expect(bench.round.onPropose(forged, 'p')).toEqual({ rejected: 'propose-signature' });
    const elsewhere = { ...propose, view: 1 };
    expect(bench.round.onPropose(elsewhere, 'p')).toEqual({ rejected: 'propose-signature' });
  });

  it('of another height is ignored', () => {
    const { bench, propose } = proposed();
    expect(bench.round.onPropose({ ...propose, height: 3 }, 'p')).toBe('ignored');
  });

  it('that proves the skips before it leads into its view', () => {
    const { bench, bundle } = proposed(3);
    const header = bench.header(2, [bundle]);
    const propose = bench.propose(2, header, skipCertificateOf(bench.network, 1));
    expect(bench.round.onPropose(propose, 'p')).toBe('accepted');
    expect(bench.round.view).toBe(2);
    expect(viewsSaid(bench, 'vote')).toEqual([2]);
    expect(bench.round.log.entry?.certificate.kind).toBe('S');
  });

  it('that proves nothing leads nowhere', () => {
    const { bench, bundle } = proposed(3);
    const propose = bench.propose(2, bench.header(2, [bundle]), skipCertificateOf(bench.network, 0));
    expect(bench.round.onPropose(propose, 'p')).toEqual({ rejected: 'skip-certificate' });
    expect(bench.round.view).toBe(0);
  });

  it('must carry on what the skips name', () => {
    const { bench, bundle, header } = proposed(2);
    const fresh = bench.header(1, [bundle]);
    const skip = skipCertificateOf(bench.network, 0, [0, -1, -1]);
    expect(bench.round.onPropose(bench.propose(1, fresh, skip), 'p')).toEqual({
      rejected: 'not-carried-on',
    });
    const notarisation = certificateOf(bench.network, 'N', 0, header.hash);
    bench.round.onPropose(bench.propose(1, header, skip, notarisation), 'p');
    expect(bench.recorder.saidOf('vote')).toMatchObject([{ view: 1, blockHash: header.hash }]);
  });
});

describe('COMMIT', () => {
  it('follows a quorum of votes, once, after the notarisation is on disk', () => {
    const { bench, header, propose } = proposed();
    bench.round.onPropose(propose, 'p');
    const [first, second] = bench.others as [number, number];
    bench.ballots('vote', 0, header, [first]);
    expect(viewsSaid(bench, 'commit')).toEqual([]);
    bench.recorder.forget();
    bench.ballots('vote', 0, header, [second, second]);
    expect(viewsSaid(bench, 'commit')).toEqual([0]);
    const kinds = bench.recorder.of('persistSafety').map(({ record }) => record.kind);
    expect(kinds).toEqual(['highNotarisation', 'commit']);
    expect(bench.round.log.highNotarisation).toMatchObject({ kind: 'N', view: 0, hash: header.hash });
  });

  it('follows a notarisation from a peer, into its view', () => {
    const { bench } = proposed();
    const notarisation = certificateOf(bench.network, 'N', 4, hashOf(1), bench.others);
    expect(bench.round.onCertificate(notarisation, null, null)).toBe('accepted');
    expect(bench.round.view).toBe(4);
    expect(viewsSaid(bench, 'commit')).toEqual([4]);
    expect(bench.round.wants?.headers).toEqual([hashOf(1)]);
  });

  it('never follows a SKIP of its view or of a later one', () => {
    const { bench, header, propose } = proposed();
    bench.round.onPropose(propose, 'p');
    bench.round.onTimer();
    bench.ballots('vote', 0, header, bench.others);
    expect(bench.round.log.highNotarisation?.view).toBe(0);
    expect(viewsSaid(bench, 'commit')).toEqual([]);
  });

  it('is not given for a lower notarisation than the highest', () => {
    const { bench } = proposed();
    bench.round.onCertificate(certificateOf(bench.network, 'N', 4, hashOf(1), bench.others), null, null);
    bench.round.onCertificate(certificateOf(bench.network, 'N', 2, hashOf(2), bench.others), null, null);
    expect(viewsSaid(bench, 'commit')).toEqual([4]);
    expect(bench.round.log.highNotarisation?.view).toBe(4);
  });

  it('is refused with a wrong signature or from outside the committee', () => {
    const { bench, header } = proposed();
    const [other] = bench.others as [number];
    const valid = voteOf(bench.network, 'commit', other, 0, header.hash);
    expect(bench.round.onVote({ ...valid, view: 1 })).toEqual({ rejected: 'commit-signature' });
    expect(bench.round.onVote({ ...valid, index: 4 })).toEqual({ rejected: 'index' });
    expect(bench.round.onVote({ ...valid, height: 3 })).toBe('ignored');
    expect(bench.round.onVote(valid)).toBe('accepted');
    expect(bench.round.onVote(valid)).toBe('ignored');
  });
});

describe('a final block', () => {
  it('is one with a quorum of commits', () => {
    const { bench, bundle, header, propose } = proposed();
    bench.round.onPropose(propose, 'p');
    const [first, second, third] = bench.others as [number, number, number];
    bench.ballots('vote', 0, header, [first, second]);
    bench.ballots('commit', 0, header, [first]);
    expect(bench.round.decision).toBeNull();
    bench.ballots('commit', 0, header, [third]);
    expect(bench.round.decision).toMatchObject({
      sealed: header,
      bundles: [bundle],
      certificate: { kind: 'C', view: 0, hash: header.hash },
    });
    expect(bench.round.onVote(voteOf(bench.network, 'commit', second, 0, header.hash))).toBe('ignored');
  });

  it('waits for its header and for what it cites', () => {
    const { bench } = proposed();
    const late = bench.bundle(2, 'late');
    const header = bench.header(0, [late]);
    const certificate = certificateOf(bench.network, 'C', 0, header.hash, bench.others);
    bench.round.onCertificate(certificate, null, null);
    expect(bench.round.wants?.headers).toEqual([header.hash]);
    bench.round.onCertificate(certificate, header, null);
    expect(bench.round.wants?.lanes).toMatchObject([{ tipDigest: late.digest }]);
    expect(bench.round.decision).toBeNull();
    bench.hold(late);
    bench.round.react();
    expect(bench.round.decision?.bundles).toEqual([late]);
  });

  it('that breaks the rules here stops the node', () => {
    const { bench, bundle } = proposed();
    const cut = [{ origin: 0, toSeq: 2, tipDigest: bundle.digest }];
    const header = bench.header(0, [], { cut });
    const certificate = certificateOf(bench.network, 'C', 0, header.hash, bench.others);
    expect(() => bench.round.onCertificate(certificate, header, null)).toThrow('invalid here');
  });

  it.each([
    ['too few signers', (bench: RoundBench) => certificateOf(bench.network, 'C', 0, hashOf(1), [0, 1])],
    ['another height', (bench: RoundBench) => certificateOf(bench.network, 'C', 0, hashOf(1), [0, 1, 2], 3)],
  ])('is not proved by a certificate of %s', (_, make) => {
    const { bench } = proposed();
    const verdict = bench.round.onCertificate(make(bench), null, null);
    expect(verdict).not.toBe('accepted');
    expect(bench.round.wants).toBeNull();
  });
});

describe('the leader', () => {
  it('proposes what is pending, once', () => {
    const bench = RoundBench.leader(0);
    bench.round.start();
    expect(bench.recorder.said).toEqual([]);
    const bundle = bench.hold(bench.bundle(0));
    bench.round.react();
    bench.round.react();
    expect(bench.recorder.saidOf('propose')).toEqual([
      { type: 'propose', propose: bench.propose(0, bench.header(0, [bundle])) },
    ]);
    expect(viewsSaid(bench, 'vote')).toEqual([0]);
  });

  it('proposes an empty block only to flush', () => {
    const bench = RoundBench.leader(0, { flush: true });
    bench.round.start();
    expect(bench.recorder.saidOf('propose')).toMatchObject([
      { propose: { sealed: { header: { cut: [] } } } },
    ]);
  });

  it('does not propose in a view that it has given up', () => {
    const bench = RoundBench.leader(0);
    bench.round.start();
    bench.skips(0, bench.others.slice(0, 2));
    expect(viewsSaid(bench, 'skip')).toEqual([0]);
    bench.hold(bench.bundle(0));
    bench.round.react();
    expect(bench.recorder.saidOf('propose')).toEqual([]);
  });

  it('of a later view proposes afresh when no skip names a notarisation', () => {
    const bench = RoundBench.leader(1);
    bench.round.start();
    const bundle = bench.hold(bench.bundle(0));
    bench.skips(0, bench.others);
    const { propose } = bench.recorder.saidOf('propose')[0]!;
    expect(propose).toMatchObject({ view: 1, notarisation: null, skipCertificate: { kind: 'S', view: 0 } });
    expect(propose.sealed).toEqual(bench.header(1, [bundle]));
  });

  it('of a later view gives up when it cannot show what it should carry on', () => {
    const bench = RoundBench.leader(1);
    bench.round.start();
    bench.hold(bench.bundle(0));
    const ownView = certificateOf(bench.network, 'N', 1, hashOf(1), bench.others);
    bench.skips(0, bench.others, 0, ownView);
    expect(bench.recorder.saidOf('propose')).toEqual([]);
    expect(viewsSaid(bench, 'skip')).toContain(1);
  });

  it('of a later view carries on the notarised block', () => {
    const bench = RoundBench.leader(1);
    bench.round.start();
    const bundle = bench.hold(bench.bundle(0));
    const header = bench.header(0, [bundle]);
    const notarisation = certificateOf(bench.network, 'N', 0, header.hash, bench.others);
    bench.skips(0, bench.others, 0, notarisation);
    expect(bench.recorder.saidOf('propose')).toEqual([]);
    expect(bench.round.wants?.headers).toEqual([header.hash]);
    bench.round.onCertificate(notarisation, header, null);
    const { propose } = bench.recorder.saidOf('propose')[0]!;
    expect(propose).toMatchObject({ view: 1, sealed: header, notarisation: { view: 0 } });
    expect(bench.recorder.saidOf('vote')).toMatchObject([{ view: 1, blockHash: header.hash }]);
  });
});

describe('an own statement that the log lacks', () => {
  it.each([
    ['a VOTE', (bench: RoundBench) => bench.ballots('vote', 0, bench.header(0), [bench.ownIndex])],
    ['a COMMIT', (bench: RoundBench) => bench.ballots('commit', 0, bench.header(0), [bench.ownIndex])],
    ['a SKIP', (bench: RoundBench) => void bench.skips(0, [bench.ownIndex])],
    [
      'a certificate with our signature',
      (bench: RoundBench) => void bench.round.onCertificate(skipCertificateOf(bench.network, 0), null, null),
    ],
  ])('is amnesia: %s', (_, present) => {
    const bench = new RoundBench({ self: 0 });
    bench.round.start();
    present(bench);
    expect(bench.forgotten).toBeGreaterThan(0);
  });

  it('is none when the log has it', () => {
    const { bench, header, propose } = proposed();
    bench.round.onPropose(propose, 'p');
    bench.ballots('vote', 0, header, [bench.ownIndex, ...bench.others]);
    bench.round.onSkip(skipOf(bench.network, bench.others[0]!, 0));
    expect(bench.forgotten).toBe(0);
  });
});
