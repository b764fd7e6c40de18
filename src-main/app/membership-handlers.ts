/** Requests about the members of the open network: names, votes, and who they are. */
import type { Roster } from './contract/joining.ts';
import type { Member } from './contract/node.ts';
import type { Handlers } from './dispatch.ts';
import { AppError } from './errors.ts';
import { openNetworkView } from './node-view.ts';
import type { OpenNetworkHolder } from './open-network.ts';
import type { SettingsStore } from './settings.ts';

export interface MembershipDependencies {
  readonly settings: SettingsStore;
  readonly open: Pick<OpenNetworkHolder, 'get' | 'node' | 'desk'>;
}

type MembershipHandlers = Pick<Handlers, 'setMemberName' | 'voteStake' | 'removeMember' | 'getRoster'>;

export function membershipHandlers({ settings, open }: MembershipDependencies): MembershipHandlers {
  return {
    setMemberName: async ({ name }) => {
      open.desk().setDisplayName(name);
      await settings.setDisplayName(name);
      return {};
    },
    voteStake: async ({ publicKey, delta, ident }) => {
      await open.desk().voteStake(publicKey, delta, ident);
      return {};
    },
    removeMember: async ({ publicKey }) => {
      await open.desk().removeMember(publicKey);
      return {};
    },
    getRoster: () => {
      const network = open.get();
      if (network === null) throw new AppError('no-network');
      const node = open.node();
      const { members, name } = openNetworkView(network, node, node.snapshot());
      return rosterOf(name, members);
    },
  };
}

const COLUMNS = ['name', 'public key', 'fingerprint', 'role', 'stake', 'connected'] as const;

/** In the order in which they joined. */
function rosterOf(networkName: string, members: readonly Member[]): Roster {
  const rows = members.map(({ name, publicKey, fingerprint, role, stake, connected }) => {
    return [name, publicKey, fingerprint, role, String(stake), connected ? 'yes' : 'no'];
  });
  const csv = [COLUMNS, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
  const plain = networkName.replaceAll(/[^\p{L}\p{N}]+/gu, '-').replaceAll(/^-|-$/g, '');
  return { suggestedFileName: `${plain === '' ? 'network' : plain}-members.csv`, csv };
}

/** RFC 4180. A spreadsheet must not take what a member calls itself for a formula. */
function cell(text: string): string {
  const harmless = /^[=+@\t-]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
