import { defineStore } from 'pinia';
import { computed } from 'vue';
import type { RequestOf } from '../../src-main/app/contract/contract.ts';
import type { LeaveNetworkRequest } from '../../src-main/app/contract/joining.ts';
import type { Member, OpenVote } from '../../src-main/app/contract/node.ts';
import { request } from '../api.ts';
import { saveText } from '../composables/saveText.ts';
import { useNodeStore } from './node.ts';
import { useNoticesStore } from './notices.ts';
import { useTaskStore } from './task.ts';

type Action = 'setMemberName' | 'voteStake' | 'removeMember';

/** What members do to each other in a network over several machines: votes, names, leaving. */
export const useMembershipStore = defineStore('membership', () => {
  const node = useNodeStore();
  const votes = computed(() => node.network?.votes ?? []);

  async function tell<Name extends Action>(action: Name, argument: RequestOf<Name>): Promise<boolean> {
    const outcome = await request(action, argument);
    if (!outcome.ok) useNoticesStore().fail(action, outcome.error);
    return outcome.ok;
  }

  const setName = (name: string): Promise<boolean> => tell('setMemberName', { name });
  const remove = ({ publicKey }: Member): Promise<boolean> => tell('removeMember', { publicKey });
  /** A proposal that a member has no say until it is raised again. */
  const proposeLowering = ({ publicKey, stake }: Member): Promise<boolean> =>
    tell('voteStake', { publicKey, delta: -stake });

  /** A proposal that a member has a say, or an equal one. */
  function proposeRaising({ publicKey, raise }: Member): Promise<boolean> {
    if (raise === null) return Promise.resolve(false);
    const { delta, ident } = raise;
    return tell('voteStake', { publicKey, delta, ...(ident === null ? {} : { ident }) });
  }

  /** Joins a vote that others have begun. */
  function vote({ kind, target, delta, ident }: OpenVote): Promise<boolean> {
    if (kind === 'remove') return tell('removeMember', { publicKey: target });
    return tell('voteStake', { publicKey: target, delta, ident });
  }

  function leave(wish: LeaveNetworkRequest): Promise<boolean> {
    return useTaskStore().start('leaveNetwork', () => request('leaveNetwork', wish));
  }

  async function saveRoster(): Promise<void> {
    const outcome = await request('getRoster', {});
    if (outcome.ok) saveText(outcome.value.suggestedFileName, outcome.value.csv, 'text/csv');
    else useNoticesStore().fail('getRoster', outcome.error);
  }

  return { votes, setName, remove, proposeLowering, proposeRaising, vote, leave, saveRoster };
});
