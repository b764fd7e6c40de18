import { describe, expect, it } from 'vitest';
import type { Header } from '../../../src-main/core/types.ts';
import { findInvalid, findUnjustified, newHeader } from '../../../src-main/core/validity.ts';
import { certificateOf, hashOf, headerOf, skipCertificateOf } from './builders.ts';
import { RoundBench } from './round-bench.ts';

const bench = new RoundBench();
const { network, facts, recorder } = bench;
const bundle = bench.bundle(1);

describe('valid(header)', () => {
  const reasonOf = (changes: Partial<Header>, view = 0, sizeBytes = 100) =>
    findInvalid(bench.header(0, [bundle], changes), view, sizeBytes, facts, recorder.context);

  it('is what the leader makes', () => expect(reasonOf({})).toBeNull());

  it('is a re-proposal of an earlier view too', () => expect(reasonOf({}, 3)).toBeNull());

  const other = hashOf(99);
  it.each([
    ['another version', { version: 2 }, 'header-chain'],
    ['another chain', { chainId: other }, 'header-chain'],
    ['another height', { height: 3 }, 'header-parent'],
    ['another parent', { prev: other }, 'header-parent'],
    ['a later view than the proposal', { view: 1, proposer: facts.leader(1).id }, 'header-proposer'],
    ['another proposer than its leader', { proposer: facts.leader(1).id }, 'header-proposer'],
    ['another committee', { committeeHash: other }, 'header-committee'],
    ['another next committee', { nextCommitteeHash: other }, 'header-next-committee'],
    ['another state', { stateHash: other }, 'header-state'],
    ['an empty cut', { cut: [] }, 'header-empty'],
  ])('is not one of %s', (_, changes, reason) => expect(reasonOf(changes)).toBe(reason));

  it('has at most the size of a block', () => {
    const { maxBlockBytes } = network.genesis.parameters;
    expect(reasonOf({}, 0, maxBlockBytes)).toBeNull();
    expect(reasonOf({}, 0, maxBlockBytes + 1)).toBe('block-too-large');
  });

  it('may be empty in a flush block', () => {
    const flush = { ...facts, flush: true };
    expect(findInvalid(bench.header(0), 0, 0, flush, recorder.context)).toBeNull();
  });
});

describe('justified(p)', () => {
  const verify = () => true;
  const fresh = bench.header(3, [bundle]);
  const carried = bench.header(1, [bundle]);
  const skips = (hn: number | number[], view = 2) => skipCertificateOf(network, view, hn);
  const notarised = (view: number, hash = carried.hash) => certificateOf(network, 'N', view, hash);

  it.each([
    ['at view 0 by nothing', bench.propose(0, bench.header(0, [bundle])), null],
    ['at view 0, but of another view', bench.propose(0, fresh), 'header-view'],
    ['by S that names none', bench.propose(3, fresh, skips(-1)), null],
    ['by no S', bench.propose(3, fresh), 'no-skip-certificate'],
    ['by an N in place of S', bench.propose(3, fresh, notarised(2)), 'no-skip-certificate'],
    ['by the S of another view', bench.propose(3, fresh, skips(-1, 1)), 'skip-certificate'],
    ['by S that names view 1, and nothing carried on', bench.propose(3, fresh, skips(1)), 'not-carried-on'],
    ['by S that names view 0, and nothing carried on', bench.propose(3, fresh, skips(0)), 'not-carried-on'],
    ['by S that names none, but an old block', bench.propose(3, carried, skips(-1)), 'not-carried-on'],
    ['by S and the N it names', bench.propose(3, carried, skips(1), notarised(1)), null],
    ['by S and a higher N', bench.propose(3, carried, skips([0, -1, 1]), notarised(2)), null],
    ['by S that names none and an N', bench.propose(3, carried, skips(-1), notarised(1)), null],
    [
      'by S and a lower N',
      bench.propose(3, carried, skips([-1, 1, 2]), notarised(1)),
      'carries-another-block',
    ],
    ['by an N of its own view', bench.propose(3, carried, skips(1), notarised(3)), 'carries-another-block'],
    ['by the N of another block', bench.propose(3, fresh, skips(1), notarised(1)), 'carries-another-block'],
    [
      'by a C in place of N',
      bench.propose(3, carried, skips(1), certificateOf(network, 'C', 1, carried.hash)),
      'carries-another-block',
    ],
  ])('%s', (_, propose, reason) => expect(findUnjustified(propose, verify)).toBe(reason));

  it('has certificates that verify', () => {
    const propose = bench.propose(3, carried, skips(1), notarised(1));
    expect(findUnjustified(propose, ({ kind }) => kind !== 'S')).toBe('skip-certificate');
    expect(findUnjustified(propose, ({ kind }) => kind !== 'N')).toBe('notarisation');
  });
});

describe('a new header', () => {
  it('holds what is pending, and is valid', () => {
    const own = new RoundBench();
    const pending = own.hold(own.bundle(2));
    const sealed = newHeader(0, own.facts, own.lanes, own.recorder.context)!;
    expect(sealed).toEqual(own.header(0, [pending]));
    expect(findInvalid(sealed, 0, pending.bytes.length, own.facts, own.recorder.context)).toBeNull();
  });

  it('is not made when nothing is pending, unless a flush block is due', () => {
    const { context } = recorder;
    expect(newHeader(0, facts, bench.lanes, context)).toBeUndefined();
    const { proposer } = headerOf(network, { proposer: facts.leader(0).id }).header;
    expect(newHeader(0, { ...facts, flush: true }, bench.lanes, context)).toMatchObject({
      header: { proposer, cut: [] },
    });
  });
});
