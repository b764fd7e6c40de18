/** What stands at the beginning of a backup: everything that follows, with its size and digest. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { fromUtf8, utf8 } from '../../core/bytes.ts';
import { BackupReader } from '../../identity/backup-box.ts';
import { BackupError } from '../../identity/backup-errors.ts';
import { SEED_BYTES } from '../../identity/seed-box.ts';
import { Key, Name } from '../node-config.ts';

const exact = { additionalProperties: false };
const Count = Type.Integer({ minimum: 0, maximum: 2 ** 48 });
/** Small files: settings, keys, lists, configurations. */
export const MOST_FILE_BYTES = 4 * 1024 * 1024;
export const MOST_FILES = 8192;
const MOST_CATALOGUE_BYTES = 4 * 1024 * 1024;
const LENGTH_BYTES = 4;

/** Below the data folder, with `/`; nothing hidden, and nowhere else. */
const SEGMENT = '[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}';
const RELATIVE_PATH = `^(settings\\.json|local-network\\.json|(networks|nodes)(/${SEGMENT}){1,8})$`;
const RelativePath = Type.String({ pattern: RELATIVE_PATH });
const relativePath = new RegExp(RELATIVE_PATH);

/** Whether a file can be in a backup: whatever else a person puts beside those of the app is not the app's. */
export function isStorable(relative: string): boolean {
  return relativePath.test(relative);
}

const StoredNetwork = Type.Object(
  {
    id: Key,
    name: Name,
    /** All of its nodes are in this backup: a network of this machine alone. */
    isWhole: Type.Boolean(),
    /** In this backup. */
    nodeCount: Count,
    /** Its newest block when the backup was made; null where its database could not be read. */
    height: Type.Union([Count, Type.Null()]),
    hasChain: Type.Boolean(),
  },
  exact,
);

const Catalogue = Type.Object(
  {
    version: Type.Literal(1),
    /** By the clock of the machine that made it. */
    madeAtMs: Count,
    appVersion: Type.String({ maxLength: 64 }),
    /** What the owner is called. */
    name: Type.Union([Name, Type.Null()]),
    /** The own key; null in the folder of a local network without an app. Its seed follows the catalogue. */
    key: Type.Union([
      Type.Object({ publicKey: Key, protection: Type.Enum(['none', 'passphrase', 'keyring']) }, exact),
      Type.Null(),
    ]),
    networks: Type.Array(StoredNetwork, { maxItems: 256 }),
    files: Type.Array(
      Type.Object(
        {
          path: RelativePath,
          sizeBytes: Type.Integer({ minimum: 0, maximum: MOST_FILE_BYTES }),
          sha256: Key,
        },
        exact,
      ),
      { maxItems: MOST_FILES },
    ),
    chains: Type.Array(
      Type.Object({ networkId: Key, sizeBytes: Count, sha256: Key, height: Count, hash: Key }, exact),
      { maxItems: 256 },
    ),
  },
  exact,
);
export type Catalogue = Static<typeof Catalogue>;
export type StoredNetwork = Static<typeof StoredNetwork>;

const validator = Compile(Catalogue);

/** The beginning of the stream: the catalogue's length, then its JSON. */
export function encodeCatalogue(catalogue: Catalogue): Uint8Array {
  const text = utf8(JSON.stringify(catalogue));
  const bytes = new Uint8Array(LENGTH_BYTES + text.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, LENGTH_BYTES);
  return bytes;
}

/** Of everything that follows the catalogue. */
export function contentBytes({ key, files, chains }: Catalogue): number {
  const sizes = [...files, ...chains].map(({ sizeBytes }) => sizeBytes);
  return sizes.reduce((sum, size) => sum + size, key === null ? 0 : SEED_BYTES);
}

/** How far something is, as a person is told it. */
export function percentOf(done: number, total: number): number {
  return Math.floor((100 * done) / Math.max(1, total));
}

export interface OpenedBackup {
  readonly catalogue: Catalogue;
  /** Stands behind the catalogue. */
  readonly reader: BackupReader;
}

/** The caller closes the reader. Rejects with BackupError; then nothing is open. */
export async function openBackup(file: string, passphrase: string): Promise<OpenedBackup> {
  const reader = await BackupReader.open(file, passphrase);
  try {
    const damaged = (what: string) => new BackupError('damaged', file, `the backup is damaged (${what})`);
    const length = new DataView((await reader.read(LENGTH_BYTES)).buffer).getUint32(0, true);
    if (length > MOST_CATALOGUE_BYTES) throw damaged('its list is too long');
    const catalogue = parse(fromUtf8(await reader.read(length)) ?? '');
    if (!validator.Check(catalogue)) throw damaged('its list cannot be read');
    const paths = catalogue.files.map(({ path }) => path.toLowerCase());
    const chains = catalogue.chains.map(({ networkId }) => networkId);
    if (new Set(paths).size < paths.length || new Set(chains).size < chains.length)
      throw damaged('a file is in its list twice');
    if (reader.contentBytes !== LENGTH_BYTES + length + contentBytes(catalogue))
      throw damaged('its list is not that of its content');
    return { catalogue, reader };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

/** What is in a backup, without writing anything. Rejects with BackupError. */
export async function inspectBackup(file: string, passphrase: string): Promise<Catalogue> {
  const { catalogue, reader } = await openBackup(file, passphrase);
  await reader.close();
  return catalogue;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
