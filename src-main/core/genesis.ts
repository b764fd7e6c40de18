/** What a network begins with, as bytes whose hash is the chain id, and the bounds its parameters keep. */
import { toText, utf8 } from './bytes.ts';
import { decodeExact, DecodeError, MAX_STAKE, text } from './encoding.ts';
import { OBSERVER_BUNDLE_BYTES } from './lanes.ts';
import * as schemas from './schemas.ts';
import type { ConsensusParameters, Genesis } from './types.ts';

const MAX_BLOCK_BYTES = 1024 * 1024;
/** A demotion lasts up to 2^10 times as long, and heights are below 2^32. */
const MAX_DEMOTION_HEIGHTS = 2 ** 20;

type Value = ReturnType<typeof schemas.genesis.deserialize>;

const GENESIS = {
  from: ({ version, name, salt, members, ...parameters }: Value): Genesis => {
    checkParameters(parameters);
    checkMembers(members);
    return { version, name: text(name, 'name'), salt, parameters, members };
  },
  to: ({ version, name, salt, parameters, members }: Genesis): Value => ({
    version,
    name: utf8(name),
    salt,
    ...parameters,
    members: [...members],
  }),
};

export function encodeGenesis(genesis: Genesis): Uint8Array {
  return schemas.genesis.serialize(GENESIS.to(genesis));
}

/**
 * At most 16 KiB. `out-of-range`: no member, one without stake or twice, stakes of 2^50 or more together, or
 * parameters that the wire format cannot carry. @throws DecodeError
 */
export function decodeGenesis(bytes: Uint8Array): Genesis {
  return decodeExact(schemas.genesis, bytes, schemas.MAX_GENESIS_BYTES, 'genesis', GENESIS);
}

function checkMembers(members: Genesis['members']): void {
  const keys = new Set(members.map(({ publicKey }) => toText(publicKey)));
  const total = members.reduce((sum, { stake }) => sum + stake, 0);
  const isStaked = members.length > 0 && members.every(({ stake }) => stake > 0);
  if (!isStaked || keys.size < members.length || total > MAX_STAKE)
    throw new DecodeError('out-of-range', 'members of the genesis');
}

function checkParameters(parameters: ConsensusParameters): void {
  const { laneWindow, demotionHeights, maxBlockBytes, maxBundleBytes } = parameters;
  const isWithin = (value: number, least: number, most: number) => value >= least && value <= most;
  const areWithin =
    isWithin(laneWindow, 1, schemas.MAX_LANE_WINDOW) &&
    isWithin(demotionHeights, 1, MAX_DEMOTION_HEIGHTS) &&
    isWithin(maxBundleBytes, OBSERVER_BUNDLE_BYTES, schemas.MAX_BUNDLE_BYTES) &&
    // Otherwise a full bundle would fit into no block, and its lane would wait for ever.
    isWithin(maxBlockBytes, maxBundleBytes, MAX_BLOCK_BYTES);
  if (!areWithin) throw new DecodeError('out-of-range', 'parameters of the genesis');
}
