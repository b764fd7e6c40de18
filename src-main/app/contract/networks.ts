/** What a person calls a network: creating, opening, closing, removing it, and its local node processes. */
import { Type, type Static } from 'typebox';
import { ContractError } from './errors.ts';
import { NewPassphrase } from './identity.ts';
import {
  Count,
  DisplayName,
  LocalTimeMs,
  Milliseconds,
  NetworkId,
  Nullable,
  Record,
  Text32,
  Word,
} from './primitives.ts';

export const NetworkSummary = Record({
  id: NetworkId,
  name: DisplayName,
  chainId: Text32,
  kind: Word('local', 'shared'),
  /** Nodes that run on this machine, the own one included. */
  localNodeCount: Count,
  /** The own node has not arrived yet: opening it goes on with joining. */
  isJoining: Type.Boolean(),
  state: Word('closed', 'opening', 'open', 'closing'),
  createdAtMs: Nullable(LocalTimeMs),
});
export type NetworkSummary = Static<typeof NetworkSummary>;

export const NetworkList = Record({ networks: Type.Array(NetworkSummary, { maxItems: 64 }) });
export type NetworkList = Static<typeof NetworkList>;

export const CreateLocalNetworkRequest = Record({
  displayName: DisplayName,
  networkName: DisplayName,
  /** Real node processes, the own node included. Tolerance of a failure starts at 4. */
  nodeCount: Type.Integer({ minimum: 1, maximum: 16 }),
  /** Closes the own key where this set-up makes it; null: as `IdentityState.newKey` says. */
  passphrase: Nullable(NewPassphrase),
});
export type CreateLocalNetworkRequest = Static<typeof CreateLocalNetworkRequest>;

export const NetworkRequest = Record({ networkId: NetworkId });
export const OpenNetworkRequest = Record({
  networkId: NetworkId,
  /**
   * Where the database of the own node is gone (`database-missing`): it begins with the genesis and signs nothing until
   * it has caught up with the others (PROTOCOL section 4.7). Without effect where there is one.
   */
  newDatabase: Type.Optional(Type.Boolean()),
});
/** The name is typed by the person, because this moves the network's whole folder into a dated backup. */
export const RemoveNetworkRequest = Record({ networkId: NetworkId, confirmedName: DisplayName });
export const NodeRequest = Record({ publicKey: Text32 });

/** Node processes of local networks that outlived the app which had started them. */
export const Leftovers = Record({
  nodes: Type.Array(
    Record({
      networkId: NetworkId,
      networkName: DisplayName,
      name: DisplayName,
      pid: Type.Integer({ minimum: 1 }),
    }),
    { maxItems: 64 },
  ),
});
export type Leftovers = Static<typeof Leftovers>;

export const EndLeftoversRequest = Record({ networkId: NetworkId, restart: Type.Boolean() });
export type EndLeftoversRequest = Static<typeof EndLeftoversRequest>;

/** Long work answers at once with the id of its task; how it goes comes as `task` pushes. */
export const TaskStarted = Record({ taskId: Type.String({ minLength: 1, maxLength: 64 }) });
export type TaskStarted = Static<typeof TaskStarted>;

export const CancelTaskRequest = TaskStarted;
/** `cancelling: false`: the task had ended before. */
export const CancelTaskResponse = Record({ cancelling: Type.Boolean() });

/**
 * The named stages of long work, in the order of the work that has them: create = keys, genesis, then open =
 * starting, connecting (of a local network), agreement; add = keys, starting, sponsor, stake; remove a node =
 * agreement, stopping, backup; close = stopping; remove a network = stopping (if it is open), backup; make a backup =
 * collecting, writing, proving; restore one = proving, restoring; join, and open what is being joined = reach (somebody
 * whom the invitation names), session, request (until the owner there has decided), addPeer, catchUp (blocks: done of
 * total), ready, and where members give newcomers their stake also stake, member; leave a network = leaving (until the
 * others can decide without this node), stopping, and backup where the folder is moved.
 */
export const StageName = Word(
  'keys',
  'genesis',
  'starting',
  'connecting',
  'agreement',
  'sponsor',
  'stake',
  'stopping',
  'backup',
  'collecting',
  'writing',
  'proving',
  'restoring',
  'reach',
  'session',
  'request',
  'addPeer',
  'catchUp',
  'ready',
  'member',
  'leaving',
);
export type StageName = Static<typeof StageName>;

export const TaskStage = Record({
  name: StageName,
  state: Word('pending', 'running', 'done', 'failed'),
  /** "2 of 4": how many are done; 0 of 0 where there is nothing to count. */
  done: Count,
  total: Count,
});
export type TaskStage = Static<typeof TaskStage>;

export const Task = Record({
  /** Rises with every push of this task; an older one is to be ignored. */
  version: Count,
  id: Type.String({ minLength: 1, maxLength: 64 }),
  kind: Word(
    'createLocalNetwork',
    'createSharedNetwork',
    'joinNetwork',
    'leaveNetwork',
    'openNetwork',
    'closeNetwork',
    'removeNetwork',
    'addNode',
    'removeNode',
    'makeBackup',
    'proveBackup',
    'restoreBackup',
    'lock',
  ),
  state: Word('running', 'cancelling', 'done', 'failed', 'cancelled'),
  stages: Type.Array(TaskStage, { maxItems: 16 }),
  /** Since the start; the window counts on by itself between two pushes. */
  elapsedMs: Milliseconds,
  /** True when the current stage takes longer than it usually does. */
  slow: Type.Boolean(),
  cancellable: Type.Boolean(),
  /** The network that it is about, as soon as it exists. */
  networkId: Nullable(NetworkId),
  /** Why it failed. */
  failure: Nullable(ContractError),
  /** Where the backup was put; of a restore: what was here before, null when nothing was. */
  backupPath: Nullable(Type.String({ maxLength: 4096 })),
});
export type Task = Static<typeof Task>;
