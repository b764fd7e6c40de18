/** What a supervisor and its node processes say to each other: plain JSON, checked on both sides. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { fromText } from '../core/bytes.ts';
import { NetworkError } from './errors.ts';
import type { NetworkErrorCode } from './errors.ts';
import { Faults, Key, Peers, Port, Ports } from './node-config.ts';
import { NodeStatus } from './node-status.ts';
import type { NodeInstance } from './types.ts';

const exact = { additionalProperties: false };
/** A cut lasts until the next order or the end of the process; only loss and delay are written down. */
const CutOff = Type.Array(Type.String({ maxLength: 64 }), { maxItems: 16 });
const FaultsNow = Type.Object({ ...Faults.properties, cutOff: Type.Optional(CutOff) }, exact);

/** What a running node is told to do, in this process or in another one. */
export const NodeOrder = Type.Union([
  Type.Object({ type: Type.Literal('faults'), faults: FaultsNow }, exact),
  /** Where the others are now. */
  Type.Object({ type: Type.Literal('peers'), peers: Peers }, exact),
  /** Vote that this member goes; of the own key: leave. */
  Type.Object({ type: Type.Literal('removePeer'), publicKey: Key }, exact),
]);
export type NodeOrder = Static<typeof NodeOrder>;

const ToNode = Type.Union([
  Type.Object({ type: Type.Literal('start'), dataDir: Type.String(), networkId: Key }, exact),
  Type.Object({ type: Type.Literal('stop') }, exact),
  Type.Object({ type: Type.Literal('order'), order: NodeOrder }, exact),
]);
export type ToNode = Static<typeof ToNode>;

const FromNode = Type.Union([
  /** The process runs and waits for `start`. */
  Type.Object({ type: Type.Literal('hello') }, exact),
  Type.Object({ type: Type.Literal('ready'), ports: Ports }, exact),
  Type.Object({ type: Type.Literal('status'), status: NodeStatus }, exact),
  Type.Object(
    { type: Type.Literal('portTaken'), purpose: Type.Enum(['udp', 'api', 'feed']), wanted: Port, used: Port },
    exact,
  ),
  Type.Object(
    {
      type: Type.Literal('failed'),
      code: Type.String(),
      message: Type.String(),
      params: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
    },
    exact,
  ),
]);
export type FromNode = Static<typeof FromNode>;

const toNode = Compile(ToNode);
const fromNode = Compile(FromNode);

export function readToNode(message: unknown): ToNode | undefined {
  return toNode.Check(message) ? message : undefined;
}

export function readFromNode(message: unknown): FromNode | undefined {
  return fromNode.Check(message) ? message : undefined;
}

export function failureMessage(error: unknown): FromNode {
  if (error instanceof NetworkError) {
    return { type: 'failed', code: error.code, message: error.message, params: { ...error.params } };
  }
  return {
    type: 'failed',
    code: 'internal',
    message: error instanceof Error ? error.message : String(error),
    params: {},
  };
}

export function failureOf({ code, message, params }: Extract<FromNode, { type: 'failed' }>): NetworkError {
  return new NetworkError(code as NetworkErrorCode, message, params);
}

/** Rejects with SubmitError when a vote is not accepted. */
export async function carryOut(instance: NodeInstance, order: NodeOrder): Promise<void> {
  if (order.type === 'faults') return instance.facade.setFaults(order.faults);
  if (order.type === 'peers') return instance.setPeers(order.peers);
  await instance.facade.submit([{ kind: 'removePeer', publicKey: fromText(order.publicKey)! }]);
}
