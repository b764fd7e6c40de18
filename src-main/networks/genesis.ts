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

/** Equal stakes for all; the id is the chain id as text. */
export function newGenesis(
  name: string,
  publicKeys: readonly PublicKey[],
  { crypto, random }: { readonly crypto: Crypto; readonly random: Random },
): { readonly id: HashText; readonly genesis: Genesis; readonly bytes: Uint8Array } {
  const members = publicKeys.map((publicKey) => ({ publicKey, stake: LOCAL_STAKE }));
  for (;;) {
    const salt = random.bytes(SALT_BYTES);
    const genesis = { version: PROTOCOL_VERSION, name, salt, parameters: LOCAL_PARAMETERS, members };
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
