/** The list of a local network's nodes: a file in its folder. What the chain knows, it does not repeat. */
import fs from 'node:fs';
import path from 'node:path';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { jsonFile } from './json-file.ts';
import { Key, Name, Ports } from './node-config.ts';
import { MAX_LOCAL_NODES } from './types.ts';

const exact = { additionalProperties: false };

const ManifestNode = Type.Object(
  {
    /** Names its folder; never given twice. */
    number: Type.Integer({ minimum: 1 }),
    name: Name,
    publicKey: Key,
    /** Its data folder is the host's own. */
    isOwn: Type.Boolean(),
    ports: Ports,
  },
  exact,
);
export type ManifestNode = Static<typeof ManifestNode>;

const Manifest = Type.Object(
  {
    version: Type.Literal(1),
    id: Key,
    name: Name,
    createdAtMs: Type.Integer({ minimum: 0 }),
    nextNumber: Type.Integer({ minimum: 1 }),
    faults: Type.Object(
      { lossPermille: Type.Integer({ minimum: 0, maximum: 1000 }), delayMs: Type.Integer() },
      exact,
    ),
    /** In the order of their creation. */
    nodes: Type.Array(ManifestNode, { minItems: 1, maxItems: MAX_LOCAL_NODES }),
  },
  exact,
);
export type Manifest = Static<typeof Manifest>;

const file = jsonFile(Manifest);

function manifestPath(home: string): string {
  return path.join(home, 'local-network.json');
}

/** Undefined when this folder is not that of a local network. */
export function readManifest(home: string): Manifest | undefined {
  return file.read(manifestPath(home));
}

export function writeManifest(home: string, manifest: Manifest): void {
  file.write(manifestPath(home), manifest);
}

export function hasManifest(home: string): boolean {
  return fs.existsSync(manifestPath(home));
}

/** The data folder of a node that has a process of its own. */
export function nodeFolder(home: string, number: number): string {
  return path.join(home, 'nodes', String(number));
}

/** Short, easy to tell apart by ear and by first letter. */
const NAMES = [
  ...['Ada', 'Ben', 'Clara', 'David', 'Emma', 'Felix', 'Greta', 'Hugo'],
  ...['Ida', 'Jonas', 'Kira', 'Leo', 'Mila', 'Noah', 'Olga', 'Paul'],
] as const;

/** The first friendly name that no node has. */
export function freeName(taken: readonly string[]): string {
  for (let round = 1; ; round++) {
    const name = NAMES.map((base) => (round === 1 ? base : `${base} ${round}`)).find(
      (one) => !taken.includes(one),
    );
    if (name !== undefined) return name;
  }
}
