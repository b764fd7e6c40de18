/** Makes a network: its genesis, and the folder of each of its nodes. */
import fs from 'node:fs';
import { toText } from '../core/bytes.ts';
import type { Crypto } from '../core/crypto.ts';
import { DecodeError, PROTOCOL_VERSION } from '../core/encoding.ts';
import { decodeGenesis, encodeGenesis } from '../core/genesis.ts';
import type { Genesis, HashText, PublicKey } from '../core/types.ts';
import type { Random } from '../node/ports.ts';
import { DEFAULT_PARAMETERS } from '../node/timing.ts';
import { NetworkError } from './errors.ts';

const SALT_BYTES = 32;
/** A local network's owner adds nodes one after the other, and nothing else need happen in between. */
const LOCAL_PARAMETERS = { ...DEFAULT_PARAMETERS, maxSponsored: 16, sponsorIntervalHeights: 1 };
/** Equal stakes; one unit, so that adding or removing a node is a single change (PROTOCOL section 4.8). */
export const LOCAL_STAKE = 1;

/**
 * A class joins within two minutes, and one laptop may sponsor all of it: as many newcomers in one block as ask, so
 * that none waits for blocks that nothing else brings about.
 */
export const SHARED_PARAMETERS = { ...DEFAULT_PARAMETERS, maxSponsored: 64, sponsorIntervalHeights: 0 };
/**
 * The stake of the founder, and of every full member once four have stake. Divisible: the first newcomers get a part of
 * it (core/policy.ts).
 */
export const FULL_STAKE = 10;

export interface NewGenesis {
  readonly id: HashText;
  readonly genesis: Genesis;
  readonly bytes: Uint8Array;
}

interface GenesisDependencies {
  readonly crypto: Crypto;
  readonly random: Random;
}

/** Of a local network: equal stakes for all. The id is the chain id as text. */
export function newGenesis(
  name: string,
  publicKeys: readonly PublicKey[],
  dependencies: GenesisDependencies,
): NewGenesis {
  const members = publicKeys.map((publicKey) => ({ publicKey, stake: LOCAL_STAKE }));
  return withFreshSalt({ name, parameters: LOCAL_PARAMETERS, members }, dependencies);
}

/** Of a network over several machines: its founder, alone so far. */
export function newSharedGenesis(
  name: string,
  founder: PublicKey,
  dependencies: GenesisDependencies,
): NewGenesis {
  const members = [{ publicKey: founder, stake: FULL_STAKE }];
  return withFreshSalt({ name, parameters: SHARED_PARAMETERS, members }, dependencies);
}

function withFreshSalt(
  fields: Pick<Genesis, 'name' | 'parameters' | 'members'>,
  { crypto, random }: GenesisDependencies,
): NewGenesis {
  for (;;) {
    const salt = random.bytes(SALT_BYTES);
    const genesis = { version: PROTOCOL_VERSION, salt, ...fields };
    const bytes = encodeGenesis(genesis);
    const id = toText(crypto.hash(bytes));
    // The id names a folder and is typed on command lines: it should not look like an option.
    if (!id.startsWith('-')) return { id, genesis, bytes };
  }
}

/** The genesis of a network folder. Throws NetworkError `not-found` or `folder-corrupt`. */
export function readGenesis(
  file: string,
  id: HashText,
  crypto: Crypto,
): { genesis: Genesis; bytes: Uint8Array } {
  const corrupt = () => {
    return new NetworkError('folder-corrupt', `${file} is damaged; it was left as it is`, { path: file });
  };
  try {
    const bytes = new Uint8Array(fs.readFileSync(file));
    if (toText(crypto.hash(bytes)) !== id) throw corrupt();
    return { genesis: decodeGenesis(bytes), bytes };
  } catch (error) {
    if (error instanceof DecodeError) throw corrupt();
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new NetworkError('not-found', `there is no network in ${file}`, { path: file });
  }
}
