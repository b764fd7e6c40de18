/**
 * What this machine knows of a network over several machines, besides its genesis: a file in its folder. While the own
 * node joins, it also holds the invitation, so that joining goes on after whatever ended it.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { jsonFile } from '../json-file.ts';
import { Key, Name } from '../node-config.ts';
import { MAX_INVITATION_CHARACTERS } from './invitation.ts';
import { NetworkError } from '../errors.ts';

const exact = { additionalProperties: false };

/** Whom the own node admits: whoever asks, or whom its owner lets in. A valid ticket always suffices. */
export const Admission = Type.Enum(['automatic', 'ask']);

const SharedManifest = Type.Object(
  {
    version: Type.Literal(1),
    kind: Type.Literal('shared'),
    id: Key,
    name: Name,
    /** By this machine's clock. */
    createdAtMs: Type.Integer({ minimum: 0 }),
    /** How the owner is called in this network. */
    displayName: Name,
    /** Timers and datagrams for this kind of network (PROTOCOL section 6). */
    profile: Type.Literal('lan'),
    admission: Admission,
    /** Nobody is admitted for now. */
    paused: Type.Boolean(),
    /** Whether the own node votes by itself to raise newcomers that are ready. */
    raises: Type.Boolean(),
    /** The link that the own node joins with; null: it has arrived, or it founded the network. */
    joining: Type.Union([Type.String({ maxLength: MAX_INVITATION_CHARACTERS }), Type.Null()]),
    /**
     * How the own node joins, or joined: every block checked as it comes; the fast way; or that one until it was
     * dropped, as it did not lead to the block that the invitation names.
     */
    way: Type.Optional(Type.Enum(['full', 'fast', 'dropped'])),
  },
  exact,
);
export type SharedManifest = Static<typeof SharedManifest>;

export const sharedManifestFile = jsonFile(SharedManifest);

/** What is not named stays as it is on disk. @throws NetworkError `not-found` */
export function updateShared(path: string, change: Partial<SharedManifest>): SharedManifest {
  const before = sharedManifestFile.read(path);
  if (before === undefined) throw new NetworkError('not-found', `there is no network in ${path}`, { path });
  const manifest = { ...before, ...change };
  sharedManifestFile.write(path, manifest);
  return manifest;
}
