import { defineStore } from 'pinia';
import { ref, shallowRef, watch } from 'vue';
import type { RequestOf } from '../../src-main/app/contract/contract.ts';
import type { ContractError } from '../../src-main/app/contract/errors.ts';
import type { GivenInvitation, IssuedInvitation } from '../../src-main/app/contract/joining.ts';
import { request } from '../api.ts';
import { useNodeStore } from './node.ts';
import { useNoticesStore } from './notices.ts';

/** A class joins with two to four blocks each; what is forgotten open ends by itself. */
const ROOM_BLOCKS = 1000;

/** Invitations to the open network: the one that was made last, and all that were given out with a ticket. */
export const useInvitationsStore = defineStore('invitations', () => {
  const given = shallowRef<GivenInvitation | null>(null);
  const room = shallowRef<GivenInvitation | null>(null);
  const issued = ref<readonly IssuedInvitation[]>([]);

  const node = useNodeStore();
  watch(
    () => node.network?.id,
    () => {
      given.value = null;
      room.value = null;
      issued.value = [];
    },
  );

  async function create(wish: RequestOf<'createInvitation'>): Promise<ContractError | null> {
    const outcome = await request('createInvitation', wish);
    if (!outcome.ok) return outcome.error;
    given.value = outcome.value;
    await load();
    return null;
  }

  /** One invitation for everybody in the room, until it is closed. */
  async function openRoom(note: string): Promise<ContractError | null> {
    const wish = { ticket: 'reusable', lifetimeBlocks: ROOM_BLOCKS, note } as const;
    const outcome = await request('createInvitation', wish);
    if (!outcome.ok) return outcome.error;
    room.value = outcome.value;
    return null;
  }

  async function closeRoom(): Promise<void> {
    const id = room.value?.id ?? null;
    if (id !== null) await revoke(id);
  }

  async function load(): Promise<void> {
    const outcome = await request('listInvitations', {});
    if (outcome.ok) issued.value = outcome.value.invitations;
    else if (outcome.error.code !== 'no-network') useNoticesStore().fail('listInvitations', outcome.error);
  }

  async function revoke(id: string): Promise<void> {
    const outcome = await request('revokeInvitation', { id });
    if (!outcome.ok) return useNoticesStore().fail('revokeInvitation', outcome.error);
    issued.value = outcome.value.invitations;
    // What is shown could be given out as if it still let somebody in.
    if (given.value?.id === id) given.value = null;
    if (room.value?.id === id) room.value = null;
  }

  return { given, room, issued, create, openRoom, closeRoom, load, revoke };
});
