/**
 * The names of the contract, without its schemas: all that the preload script needs. `contract.ts` gives every name
 * its schemas, and the compiler refuses a name that is in only one of the two files.
 */

export const REQUEST_NAMES = [
  // shell
  'appInfo',
  'getSettings',
  'setSettings',
  'openFolder',
  'forgetOpenedLink',
  // identity
  'unlockIdentity',
  'setPassphrase',
  'startOver',
  'lockIdentity',
  // backups
  'backupState',
  'makeBackup',
  'proveBackup',
  'inspectBackup',
  'restoreBackup',
  'chooseFile',
  // networks
  'listNetworks',
  'createLocalNetwork',
  'openNetwork',
  'reopenNetwork',
  'closeNetwork',
  'removeNetwork',
  'addNode',
  'removeNode',
  'cancelTask',
  'startNode',
  'stopNode',
  'killNode',
  'overrideSilence',
  'endLeftovers',
  // networks over several machines
  'createSharedNetwork',
  'readInvitation',
  'createInvitation',
  'listInvitations',
  'revokeInvitation',
  'joinNetwork',
  'setAdmission',
  'decideJoinRequest',
  'leaveNetwork',
  'setMemberName',
  'voteStake',
  'removeMember',
  'getRoster',
  // other machines
  'listInterfaces',
  'setReach',
  // chain
  'listBlocks',
  'getBlock',
  'getTransaction',
  'getState',
  'searchState',
  // records and proofs
  'publishData',
  'sealFile',
  'getProof',
  'verifyProof',
] as const;

export type RequestName = (typeof REQUEST_NAMES)[number];

/**
 * - `settings`, `identity`, `networks`, `node`: the newest state; the current value comes at once on subscribing.
 * - `admission`: who asks to become a member of the open network, and whom the own node lets in; likewise.
 * - `openedLink`: the invitation that the system opened the app with, as a link or a file, until a window has taken it;
 *   likewise.
 * - `machine`: the disk, the sleep and the clock of the computer.
 * - `leftovers`: node processes that outlived an earlier start of the app.
 * - `nearby`: networks that machines nearby announce; looked for only while a window is subscribed.
 * - `task`: long work; the running and the last finished task come at once on subscribing.
 * - `block`: one summary per committed block. Left out while the window is hidden or too slow: a gap in the heights
 *   means "ask for the page".
 * - `transaction`: how far an own transaction has come.
 * - `link`: whether the host can be reached at all. Made by the bridge itself; always connected in Electron.
 */
export const PUSH_NAMES = [
  'settings',
  'identity',
  'networks',
  'machine',
  'leftovers',
  'nearby',
  'node',
  'admission',
  'openedLink',
  'task',
  'block',
  'transaction',
  'link',
] as const;

export type PushName = (typeof PUSH_NAMES)[number];

/** The name of a push's method on the bridge: `node` is subscribed to with `onNode`. */
export type SubscribeName<Name extends PushName = PushName> = `on${Capitalize<Name>}`;

export function subscribeName<Name extends PushName>(name: Name): SubscribeName<Name> {
  return `on${name.charAt(0).toUpperCase()}${name.slice(1)}` as SubscribeName<Name>;
}
