/** A guard among four members of equal stake, and what they tell it. */
import type { NodeRecord } from '../../../src-main/core/effects.ts';
import { Guard, type OwnMissing } from '../../../src-main/core/guard.ts';
import type { Instance, Status } from '../../../src-main/core/messages.ts';
import { instanceSigningBytes } from '../../../src-main/core/signing.ts';
import { hashOf, networkOf, type TestKey } from './builders.ts';
import { Recorder } from './recording-context.ts';

export const network = networkOf([1, 1, 1, 1]);
export const { committee, keys, chainId } = network;
export const nonceOf = (byte: number) => new Uint8Array(16).fill(byte);

export function instanceBy(key: TestKey, byte: number): Instance {
  const nonce = nonceOf(byte);
  return { nonce, signature: key.signer.sign(instanceSigningBytes(chainId, nonce)) };
}

export function statusOf(height: number, echo: Instance | null = null): Status {
  const none = new Uint8Array(16);
  return {
    type: 'status',
    height,
    tipHash: hashOf(1),
    view: 0,
    votes: none,
    commits: none,
    skips: none,
    highNotarisedView: -1,
    hasHeader: false,
    laneTips: [],
    instance: instanceBy(keys[1]!, 1),
    echoes: echo === null ? [] : [echo],
  };
}

export const NOTHING_MISSING: OwnMissing = { lane: () => false, anything: () => false };

interface Started {
  readonly records?: readonly NodeRecord[];
  readonly forgotten?: boolean;
  readonly nonce?: number;
}

export function started({ records = [], forgotten = false, nonce = 10 }: Started = {}) {
  const recorder = new Recorder(network, keys[0]!);
  const guard = new Guard(recorder.context, nonceOf(nonce));
  guard.start(records, forgotten);
  let missing: OwnMissing = NOTHING_MISSING;
  const review = (tip: number) => guard.review(tip, committee, missing);
  const miss = (what: 'nothing' | 'statements' | 'bundles') => {
    missing = { lane: () => what === 'bundles', anything: () => what !== 'nothing' };
  };
  const hear = (member: number, height: number, tip: number, echo: Instance | null = null) => {
    guard.onStatus(keys[member]!.text, statusOf(height, echo), committee);
    review(tip);
  };
  const durable = () => {
    const newest = new Map(recorder.of('persistNode').map(({ record }) => [record.key, record]));
    return [...newest.values()];
  };
  return { guard, recorder, hear, review, miss, durable };
}

/** A peer that has heard this start for longer than a message may be on its way. */
export function heardBy(node: ReturnType<typeof started>, member: number): void {
  node.hear(member, 2, 1, node.guard.instance);
  node.recorder.nowMs += node.recorder.context.timing.viewMs + 1;
}

export function cloned() {
  const node = started();
  heardBy(node, 1);
  node.hear(1, 2, 1, instanceBy(keys[0]!, 99));
  return node;
}
