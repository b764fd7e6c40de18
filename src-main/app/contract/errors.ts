/**
 * What can go wrong, as codes and parameters. The window has a sentence for each: what happened, what was kept,
 * what to do next.
 */
import { Type, type Static } from 'typebox';
import { Word } from './primitives.ts';

export const ErrorCode = Word(
  /** The arguments do not fit the schema. params: request, path. */
  'invalid-request',
  /** This host cannot do that (a browser cannot open a folder). */
  'not-available',
  /** The window's session with the browser host is over: open the address that the host printed. */
  'unauthorized',
  /** The host process cannot be reached. Made by the bridge. */
  'host-unreachable',
  'too-many-requests',
  'not-found',
  /** Other long work is running. params: task. */
  'busy',
  /** No network is open. */
  'no-network',
  'network-open',
  /** The folder belongs to another running process. params: pid. */
  'folder-locked',
  /** params: port. */
  'port-in-use',
  /** params: path. */
  'permission-denied',
  'disk-full',
  /** Opening with `newDatabase` begins anew. params: path. */
  'database-missing',
  /** params: path. */
  'database-corrupt',
  /** The database was written by a newer version; it was left untouched. params: found, supported. */
  'database-newer',
  /** The database has a format of before the first release; it was left untouched. params: found, supported. */
  'database-older',
  'database-read-only',
  /** A file of the network cannot be read as what it must be; it was left untouched. params: path. */
  'folder-corrupt',
  /** The system does not let it be used: something else is in its place, or the disk fails. params: path. */
  'folder-unusable',
  'identity-missing',
  /** The key file is encrypted and no passphrase was entered. */
  'identity-locked',
  'wrong-passphrase',
  /** The system's keyring has to open the key, and did not. params: keyring. */
  'keyring-unavailable',
  /** params: path. */
  'identity-corrupt',
  /** Others may read the key file, or its owner may not. params: path. */
  'identity-permissions',
  /** About backups; all with params: path. */
  'invalid-path',
  'backup-unknown',
  'backup-newer',
  'backup-passphrase',
  'backup-truncated',
  'backup-damaged',
  'backup-missing',
  'backup-unreadable',
  'backup-exists',
  /** The disk has too little space for a backup or a restore. params: path, missingBytes. */
  'no-space',
  /** The key is not closed with a passphrase: whoever sits here could open it again at once. */
  'not-lockable',
  /** A restore would replace a key or networks. params: path. */
  'folder-in-use',
  /** A node process ended before it was ready. params: name, exitCode, log. */
  'node-ended',
  /** A stage took longer than its limit. params: stage. */
  'timeout',
  'cancelled',
  /**
   * A durable write failed or an own invariant is broken: the node signs nothing more and serves reads. params:
   * detail.
   */
  'node-halted',
  /** The node lost part of its memory and waits until it is safe to sign again (PROTOCOL section 4.7). */
  'amnesia',
  /** The same, level with the others again: it signs from that block on, by itself. params: height. */
  'amnesia-ending',
  /** The same key runs elsewhere: nothing is signed until the owner decides. */
  'clone-detected',
  /** The own process of the network cannot be stopped from its own window. */
  'own-node',
  /** The node is not running. params: name. */
  'not-running',
  /** A local network has at most 16 nodes. params: maximum. */
  'too-many-nodes',
  /** The own lane holds as many uncommitted entries as allowed: try again when some are committed. */
  'lane-full',
  /** params: sizeBytes, maximumBytes. */
  'too-large',
  'invalid-data',
  /** The same file was sealed by this node before. params: height. */
  'already-sealed',
  /** The same file was sealed by this node before, and waits for its block. */
  'seal-waits',
  /** Only members with stake invite others and decide about them. */
  'no-stake',
  /** The open network runs on several machines, or it does not: what was asked for belongs to the other kind. */
  'other-kind',
  /** As many invitations are valid as the list holds. */
  'too-many-invitations',
  /** This is no invitation, or a part of it is missing. */
  'invitation-malformed',
  /** The invitation was changed after it was given out. */
  'invitation-forged',
  /** params: found, supported. */
  'invitation-version',
  /** Somebody has used this one-time invitation before. */
  'invitation-used',
  /** The node joined the fast way, and has not checked all that a proof needs. */
  'chain-unchecked',
  'invitation-expired',
  'invitation-revoked',
  /** Whoever answers belongs to another network, or the chain lacks the block that the invitation names. */
  'invitation-other-network',
  /** Nobody whom the invitation names answered. */
  'peers-unreachable',
  /** Neither did they, and their addresses are in other networks than this computer. params: found, address. */
  'peers-elsewhere',
  /** The whole stake is this node's: without it nothing could be decided any more. */
  'last-member',
  /** The owner of the node that was asked said no. */
  'join-refused',
  /** Only members write into the chain. */
  'not-a-member',
  /** The entry is not in a block yet. */
  'not-committed',
  /** The node does not wait for this decision of its owner. params: awaits (amnesia, clone, nothing). */
  'not-silent',
  /** The node signs nothing at the moment. */
  'not-signing',
  /** Unexpected: details are in the log. */
  'internal',
);
export type ErrorCode = Static<typeof ErrorCode>;

export const ContractError = Type.Object(
  {
    code: ErrorCode,
    params: Type.Record(
      Type.String({ pattern: '^[a-zA-Z]{1,32}$' }),
      Type.Union([Type.String({ maxLength: 1024 }), Type.Number()]),
      { maxProperties: 8 },
    ),
  },
  { additionalProperties: false },
);
export type ContractError = Static<typeof ContractError>;

/**
 * The answer to every request. An envelope instead of a rejected promise, because errors lose everything but their
 * message on the way through Electron's context bridge.
 */
export type Outcome<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: ContractError };
