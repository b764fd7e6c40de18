/** What a node tells its supervisor about itself, whether it runs in this process or in another one. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { NodeInstance } from './types.ts';
import { Key } from './node-config.ts';

const exact = { additionalProperties: false };
const Count = Type.Integer({ minimum: 0 });
const MAX_REASON_LENGTH = 1024;

export const NodeStatus = Type.Object(
  {
    phase: Type.Enum(['starting', 'running', 'silent', 'halted']),
    /** Why it signs nothing (SigningState). */
    silence: Type.Union([Type.Null(), Type.Enum(['starting', 'amnesia', 'clone', 'halted'])]),
    resumeHeight: Type.Union([Type.Null(), Count]),
    haltedBy: Type.Union([Type.Null(), Type.String({ maxLength: MAX_REASON_LENGTH })]),
    height: Count,
    tipHash: Key,
    /** Its members as this node's chain has them, itself included. */
    members: Type.Array(Type.Object({ publicKey: Key, stake: Count, connected: Type.Boolean() }, exact), {
      maxItems: 128,
    }),
  },
  exact,
);
export type NodeStatus = Static<typeof NodeStatus>;

const WATCH_INTERVAL_MS = 100;

export function statusOf({ facade }: NodeInstance): NodeStatus {
  const { phase, silence, resumeHeight, haltedBy, height, tipHash, members } = facade.snapshot();
  return {
    phase,
    silence,
    resumeHeight,
    haltedBy: haltedBy?.slice(0, MAX_REASON_LENGTH) ?? null,
    height,
    tipHash,
    members: members.map(({ publicKey, stake, isSelf, link }) => {
      return { publicKey, stake, connected: isSelf || link?.connected === true };
    }),
  };
}

/** Reports the status now and whenever it has changed, a few times a second at most. Returns the end of it. */
export function watchStatus(instance: NodeInstance, report: (status: NodeStatus) => void): () => void {
  let last = '';
  const look = (): void => {
    const status = statusOf(instance);
    const text = JSON.stringify(status);
    if (text === last) return;
    last = text;
    report(status);
  };
  look();
  const timer = setInterval(look, WATCH_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
