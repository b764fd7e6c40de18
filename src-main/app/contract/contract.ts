/**
 * The one contract between the window and its host. A request has a name, a schema for its arguments and one for its
 * answer; a push has a name and a schema. Handlers, the Electron preload, the browser bridge and the window take
 * their types from here; the host checks the arguments of every request with these schemas before a handler sees
 * them.
 */
import { Type, type Static, type TSchema } from 'typebox';
import {
  BlockDetail,
  BlockPage,
  BlockSummary,
  GetBlockRequest,
  GetStateRequest,
  GetTransactionRequest,
  ListBlocksRequest,
  SearchStateRequest,
  StateEntries,
  StateEntry,
  TransactionAtHeight,
} from './chain.ts';
import type { Outcome } from './errors.ts';
import { IdentityState, SetPassphraseRequest, StartOverResponse, UnlockIdentityRequest } from './identity.ts';
import {
  BackupContents,
  BackupState,
  ChooseFileRequest,
  ChooseFileResponse,
  MakeBackupRequest,
  OpenBackupRequest,
  RestoreBackupRequest,
} from './keeping.ts';
import { MachineState } from './machine.ts';
import type { PushName, RequestName, SubscribeName } from './names.ts';
import {
  AdmissionSettings,
  AdmissionState,
  CreateInvitationRequest,
  CreateSharedNetworkRequest,
  DecideJoinRequest,
  GivenInvitation,
  InvitationList,
  InvitationView,
  JoinNetworkRequest,
  LeaveNetworkRequest,
  ReadInvitationRequest,
  RemoveMemberRequest,
  RevokeInvitationRequest,
  Roster,
  SetAdmissionRequest,
  SetMemberNameRequest,
  VoteStakeRequest,
} from './joining.ts';
import {
  CancelTaskRequest,
  CancelTaskResponse,
  CreateLocalNetworkRequest,
  EndLeftoversRequest,
  Leftovers,
  NetworkList,
  NetworkRequest,
  NodeRequest,
  OpenNetworkRequest,
  RemoveNetworkRequest,
  Task,
  TaskStarted,
} from './networks.ts';
import { NodeSnapshot, OverrideSilenceRequest } from './node.ts';
import { Empty, Record } from './primitives.ts';
import {
  Accepted,
  GetProofRequest,
  ProofFile,
  PublishDataRequest,
  SealFileRequest,
  TransactionProgress,
  Verdict,
  VerifyProofRequest,
} from './records.ts';
import { InterfaceList, Nearby, Reach, SetReachRequest } from './reach.ts';
import { AppInfo, OpenedLink, OpenFolderRequest, SetSettingsRequest, SettingsState } from './shell.ts';

export const REQUESTS = {
  appInfo: { request: Empty, response: AppInfo },
  getSettings: { request: Empty, response: SettingsState },
  setSettings: { request: SetSettingsRequest, response: SettingsState },
  /** Shows a folder in the system's file manager; `not-available` in a browser. */
  openFolder: { request: OpenFolderRequest, response: Empty },
  /** A window has taken it. */
  forgetOpenedLink: { request: Empty, response: Empty },

  /** `wrong-passphrase` leaves everything as it was. Then the network opens that was open last. */
  unlockIdentity: { request: UnlockIdentityRequest, response: Empty },
  /** Encrypts the key file with another passphrase, or with its first one. The key itself stays. */
  setPassphrase: { request: SetPassphraseRequest, response: Empty },
  /** Moves a key that cannot be opened, and its networks, into one dated backup. */
  startOver: { request: Empty, response: StartOverResponse },
  /** Closes the open network and wipes the key from memory. `not-lockable` without a passphrase. */
  lockIdentity: { request: Empty, response: TaskStarted },

  backupState: { request: Empty, response: BackupState },
  /** Done when everything in it was restored once, into a folder that is removed again. */
  makeBackup: { request: MakeBackupRequest, response: TaskStarted },
  /** The same restore again, of a backup that is there. */
  proveBackup: { request: OpenBackupRequest, response: TaskStarted },
  /** What is in a backup; nothing is written. */
  inspectBackup: { request: OpenBackupRequest, response: BackupContents },
  /** `network-open` while one is. */
  restoreBackup: { request: RestoreBackupRequest, response: TaskStarted },
  /** The system's dialog; `not-available` in a browser, which knows no paths. */
  chooseFile: { request: ChooseFileRequest, response: ChooseFileResponse },

  listNetworks: { request: Empty, response: NetworkList },
  createLocalNetwork: { request: CreateLocalNetworkRequest, response: TaskStarted },
  /** Starts the own node and, for a local network, its other processes. One network is open at a time. */
  openNetwork: { request: OpenNetworkRequest, response: TaskStarted },
  /** Closes the open network and opens it again: a node that has halted goes on then. */
  reopenNetwork: { request: Empty, response: TaskStarted },
  closeNetwork: { request: NetworkRequest, response: TaskStarted },
  /** Moves the network's folder into a dated backup. */
  removeNetwork: { request: RemoveNetworkRequest, response: TaskStarted },
  /** Adds a node process to the open local network and makes it a full member. */
  addNode: { request: Empty, response: TaskStarted },
  /** Takes a node out of the open local network and moves its folder into a dated backup. */
  removeNode: { request: NodeRequest, response: TaskStarted },
  cancelTask: { request: CancelTaskRequest, response: CancelTaskResponse },
  /** These three answer when the process was told; how it goes is in the `node` snapshots. */
  startNode: { request: NodeRequest, response: Empty },
  stopNode: { request: NodeRequest, response: Empty },
  /** As a power cut would: kill -9. */
  killNode: { request: NodeRequest, response: Empty },
  /**
   * The owner decides: after an amnesia, that the own node signs at once; beside a clone, that it is the only copy,
   * which is an amnesia from then on. Answers when that is so. `not-silent` when it does not wait for this decision.
   */
  overrideSilence: { request: OverrideSilenceRequest, response: Empty },

  /**
   * Ends the processes of this network that were left behind; answers when they have. `restart`: their nodes run again
   * in the open network, or with it, which is then opened. `network-open` while that is another one.
   */
  endLeftovers: { request: EndLeftoversRequest, response: Empty },

  /** Its founder is the only member so far, and it is bound to this machine until its owner agrees to more. */
  createSharedNetwork: { request: CreateSharedNetworkRequest, response: TaskStarted },
  /** Asks nobody. `invitation-malformed`, `invitation-version`, `invitation-forged`. */
  readInvitation: { request: ReadInvitationRequest, response: InvitationView },
  /** To the open network, which is one over several machines. `no-stake`, `too-many-invitations`. */
  createInvitation: { request: CreateInvitationRequest, response: GivenInvitation },
  listInvitations: { request: Empty, response: InvitationList },
  revokeInvitation: { request: RevokeInvitationRequest, response: InvitationList },
  /**
   * Makes the folder, opens it and joins. It goes on with `openNetwork` after whatever interrupted it, and when the app
   * starts again. Fails with `peers-unreachable`, `peers-elsewhere`, `join-refused`, `invitation-used`, `-expired`,
   * `-revoked`, `-other-network`.
   */
  joinNetwork: { request: JoinNetworkRequest, response: TaskStarted },
  /** Whom the own node lets into the open network. */
  setAdmission: { request: SetAdmissionRequest, response: AdmissionSettings },
  /** Lets somebody in who asks, or refuses it until this node starts again. `not-found`: it does not ask any more. */
  decideJoinRequest: { request: DecideJoinRequest, response: Empty },
  /** Of the open network. `last-member` where nobody else has stake. */
  leaveNetwork: { request: LeaveNetworkRequest, response: TaskStarted },
  /** Kept here, and said to all; it is in a block a moment later. */
  setMemberName: { request: SetMemberNameRequest, response: Empty },
  /** These two answer when the vote is accepted: what came of it is in the `node` snapshots. */
  voteStake: { request: VoteStakeRequest, response: Empty },
  removeMember: { request: RemoveMemberRequest, response: Empty },
  getRoster: { request: Empty, response: Roster },

  /** Where others could reach this machine, before a network is open. */
  listInterfaces: { request: Empty, response: InterfaceList },
  /** Agrees to these interfaces and no others, for the open network; in force when it answers. */
  setReach: { request: SetReachRequest, response: Reach },

  listBlocks: { request: ListBlocksRequest, response: BlockPage },
  getBlock: { request: GetBlockRequest, response: BlockDetail },
  getTransaction: { request: GetTransactionRequest, response: TransactionAtHeight },
  getState: { request: GetStateRequest, response: StateEntry },
  searchState: { request: SearchStateRequest, response: StateEntries },

  publishData: { request: PublishDataRequest, response: Accepted },
  /** Publishes `diva:seal:<fileHash>`. */
  sealFile: { request: SealFileRequest, response: Accepted },
  /** `not-committed` while the seal waits, `not-found` when there is none. */
  getProof: { request: GetProofRequest, response: ProofFile },
  /** Needs no open network. */
  verifyProof: { request: VerifyProofRequest, response: Verdict },
} satisfies { readonly [Name in RequestName]: { readonly request: TSchema; readonly response: TSchema } };

export const PUSHES = {
  settings: SettingsState,
  identity: IdentityState,
  networks: NetworkList,
  machine: MachineState,
  leftovers: Leftovers,
  nearby: Nearby,
  node: NodeSnapshot,
  admission: AdmissionState,
  openedLink: OpenedLink,
  task: Task,
  block: BlockSummary,
  transaction: TransactionProgress,
  link: Record({ connected: Type.Boolean() }),
} satisfies { readonly [Name in PushName]: TSchema };

export type RequestOf<Name extends RequestName> = Static<(typeof REQUESTS)[Name]['request']>;
export type ResponseOf<Name extends RequestName> = Static<(typeof REQUESTS)[Name]['response']>;
export type PushOf<Name extends PushName> = Static<(typeof PUSHES)[Name]>;

/**
 * `window.diva`: one named method per request and per push, the same in both hosts.
 * A request never rejects; a subscription returns the function that ends it.
 */
export type Bridge = {
  readonly [Name in RequestName]: (request: RequestOf<Name>) => Promise<Outcome<ResponseOf<Name>>>;
} & {
  readonly [Name in PushName as SubscribeName<Name>]: (listener: (value: PushOf<Name>) => void) => () => void;
};
