/** What can go wrong with networks and their nodes; the data of each code is in `params`. */
export type NetworkErrorCode =
  /** The arguments make no sense (node count, name, port). params: what. */
  | 'invalid-options'
  /** There is no such network or node in this folder. params: path or publicKey. */
  | 'not-found'
  /** The folder to create something in already holds something else. params: path. */
  | 'not-empty'
  /** Another process works with this folder. params: path, pid. */
  | 'folder-locked'
  /** A port that was asked for by its number is taken. params: port. */
  | 'port-in-use'
  /** params: path. */
  | 'permission-denied'
  | 'disk-full'
  /** A file of the network cannot be read as what it must be; it was left untouched. params: path. */
  | 'folder-corrupt'
  /** It is gone: only its owner can say that the node begins anew. params: path. */
  | 'database-missing'
  | 'database-corrupt'
  | 'database-read-only'
  /** Written by a newer version; it was left untouched. params: path, found, supported. */
  | 'database-newer'
  /** Written by a version that was never released; it was left untouched. params: path, found, supported. */
  | 'database-older'
  | 'identity-missing'
  | 'identity-corrupt'
  | 'identity-permissions'
  | 'identity-locked'
  | 'wrong-passphrase'
  | 'keyring-unavailable'
  /** The file is no backup of this app. params: path. */
  | 'backup-unknown'
  /** Made by a newer version. params: path. */
  | 'backup-newer'
  /** The passphrase does not open it. params: path. */
  | 'backup-passphrase'
  /** params: path. */
  | 'backup-truncated'
  | 'backup-damaged'
  | 'backup-missing'
  | 'backup-unreadable'
  /** Where the backup should go there is a file. params: path. */
  | 'backup-exists'
  /** The disk has too little space for what is about to be written. params: path, missingBytes. */
  | 'no-space'
  /** What should be restored would replace a key or networks, and nobody said that it may. params: path. */
  | 'folder-in-use'
  /** A node process ended before it was ready. params: name, exitCode or signal, log. */
  | 'node-ended'
  /** The node is not running. params: name. */
  | 'not-running'
  /** The node in this process can only be stopped with its network. */
  | 'own-node'
  | 'too-many-nodes'
  /** A stage took longer than its limit. params: stage. */
  | 'timeout'
  /** As many invitations are valid as the list holds. */
  | 'too-many-invitations'
  /** Only members with stake invite and decide about others. */
  | 'no-stake'
  /** This network runs on several machines, or it does not: what was asked for belongs to the other kind. */
  | 'other-kind'
  /** This is no invitation, or a part of it is missing. */
  | 'invitation-malformed'
  /** Somebody changed it, or wrote a ticket of another's name. */
  | 'invitation-forged'
  /** Made by another version. params: found, supported. */
  | 'invitation-version'
  | 'invitation-used'
  /** The node joined the fast way, and a block that is needed is not checked yet. */
  | 'chain-unchecked'
  | 'invitation-expired'
  | 'invitation-revoked'
  /** Who answers gave the beginning of another network, or the chain does not hold the block that was named. */
  | 'invitation-other-network'
  /** None of those that the invitation names answered. */
  | 'peers-unreachable'
  /** Neither did they, and this machine is in other networks than their addresses. params: found, address. */
  | 'peers-elsewhere'
  /** The whole stake is this node's: nobody else could decide any more. */
  | 'last-member'
  /** The owner of the node that was asked said no. */
  | 'join-refused'
  | 'cancelled'
  | 'internal';

export type NetworkErrorParams = Readonly<Record<string, string | number>>;

export class NetworkError extends Error {
  readonly code: NetworkErrorCode;
  readonly params: NetworkErrorParams;
  constructor(code: NetworkErrorCode, message: string, params: NetworkErrorParams = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'NetworkError';
    this.code = code;
    this.params = params;
  }
}
