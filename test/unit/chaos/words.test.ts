import { expect, it } from 'vitest';
import type { Cluster } from '../../chaos/cluster.ts';
import { Unexpected } from '../../chaos/faults/arena.ts';
import { endsInTime, violationOf } from '../../chaos/words.ts';
import { NetworkError } from '../../../src-main/networks/errors.ts';

const NEVER = new Promise<string>(() => undefined);
const words = () => Promise.resolve(['Ada: halted']);

it('a run that ends is what it found', async () => {
  expect(await endsInTime(Promise.resolve('sound'), 60_000, words)).toEqual({ found: 'sound' });
  await expect(endsInTime(Promise.reject(new Error('broken')), 60_000, words)).rejects.toThrow('broken');
});

it('a run that never ends is a violation, with the words of the nodes', async () => {
  expect(await endsInTime(NEVER, 1, words)).toMatchObject({
    violation: { check: 'ends in time', evidence: ['Ada: halted'] },
  });
  const mute = await endsInTime(NEVER, 1, () => Promise.reject(new Error('nobody answers')));
  expect(mute).toMatchObject({ violation: { evidence: 'Error: nobody answers' } });
});

it('what a node does not bear is a violation, a fault of the run itself is not', async () => {
  const cluster = { nodes: () => [] } as unknown as Cluster;
  expect(await violationOf('away', new Unexpected('a block', 7), cluster)).toEqual({
    check: 'away',
    sentence: 'a block',
    evidence: { evidence: 7, words: [] },
  });
  const timeout = new NetworkError('timeout', 'it did not start', { stage: 'starting' });
  expect(await violationOf('away', timeout, cluster)).toMatchObject({ sentence: 'it did not start' });
  await expect(violationOf('away', new Error('a bug'), cluster)).rejects.toThrow('a bug');
});
