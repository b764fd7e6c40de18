import { PROTOCOL_VERSION } from '../../src-main/core/encoding.ts';
import type { Genesis } from '../../src-main/core/types.ts';
import { SHARED_PARAMETERS } from '../../src-main/networks/genesis.ts';
import { DEFAULT_PARAMETERS } from '../../src-main/node/timing.ts';
import { drawKeys, type KeyPair } from './keys.ts';
import type { Draw } from './random.ts';

export interface Founding {
  readonly nodes: number;
  /** The last so many are no founders. */
  readonly joiners?: number;
  /** With the parameters of a network over several machines, and its way of raising newcomers. */
  readonly isShared?: boolean;
  /** Stakes of the founders; all 1 unless told. */
  readonly stakes?: readonly number[];
  /** Machines that run under the key of another one. */
  readonly twins?: ReadonlyMap<number, number>;
}

/** The keys of all machines, and the genesis that names the founders. */
export function found(
  { nodes, joiners, stakes, twins, isShared = false }: Founding,
  drawFor: (purpose: string) => Draw,
): { keys: readonly KeyPair[]; genesis: Genesis } {
  const own = Array.from({ length: nodes }, (_, index) => drawKeys(drawFor(`key ${index}`)));
  const keys = own.map((pair, index) => own[twins?.get(index) ?? index] ?? pair);
  const founders = keys.slice(0, nodes - (joiners ?? 0));
  const members = founders.map(({ publicKey }, index) => ({ publicKey, stake: stakes?.[index] ?? 1 }));
  const salt = drawFor('salt').bytes(32);
  const genesis = {
    version: PROTOCOL_VERSION,
    name: 'Simulated',
    salt,
    parameters: isShared ? SHARED_PARAMETERS : DEFAULT_PARAMETERS,
    members,
  };
  return { keys, genesis };
}
