import { defineStore } from 'pinia';
import { reactive, ref, toRefs } from 'vue';
import type { RequestOf } from '../../src-main/app/contract/contract.ts';
import type { ContractError } from '../../src-main/app/contract/errors.ts';
import type { InvitationView } from '../../src-main/app/contract/joining.ts';
import { request, subscribe } from '../api.ts';
import { readInvitationFile, type FileFault } from '../composables/readInvitationFile.ts';
import { useTaskStore } from './task.ts';

const MALFORMED: ContractError = { code: 'invitation-malformed', params: {} };
/** Longer texts are no invitation, whatever they are. */
const MAX_CHARACTERS = 4096;

interface Received {
  readonly reading: boolean;
  /** The invitation that `view` explains. */
  readonly link: string;
  readonly view: InvitationView | null;
  readonly error: ContractError | null;
  readonly fault: FileFault | null;
}

const NOTHING: Received = { reading: false, link: '', view: null, error: null, fault: null };

/** An invitation that was received: what it says, read without asking anybody, and joining with it. */
export const useJoiningStore = defineStore('joining', () => {
  const received = reactive<Received>({ ...NOTHING });
  /** The system opened the app with it, and the page that asks has not been shown yet. */
  const opened = ref(false);
  /** Takes care that the answer about an earlier text does not overtake a later one. */
  let turn = 0;

  function connect(): () => void {
    return subscribe('openedLink', ({ link, fault }) => {
      if (link === null && fault === null) return;
      opened.value = true;
      if (link !== null) void read(link);
      else refuse(fault);
      void request('forgetOpenedLink', {});
    });
  }

  async function read(text: string): Promise<void> {
    const mine = ++turn;
    const link = text.trim();
    if (link === '' || link.length > MAX_CHARACTERS) return show({ error: MALFORMED });
    show({ reading: true });
    const outcome = await request('readInvitation', { invitation: link });
    if (mine === turn) show(outcome.ok ? { link, view: outcome.value } : { error: outcome.error });
  }

  async function readFile(file: File): Promise<void> {
    const mine = ++turn;
    show({ reading: true });
    const content = await readInvitationFile(file);
    if (mine !== turn) return;
    if ('fault' in content) show({ fault: content.fault });
    else await read(content.text);
  }

  /** A file that gives no invitation, and that overtakes what is still being read. */
  function refuse(fault: FileFault | null): void {
    turn++;
    show({ fault });
  }

  function show(what: Partial<Received>): void {
    Object.assign(received, NOTHING, what);
  }

  /** Forgets the invitation, and what is still being read. */
  function forget(): void {
    turn++;
    opened.value = false;
    show({});
  }

  function join(wish: Omit<RequestOf<'joinNetwork'>, 'invitation'>): Promise<boolean> {
    const invitation = received.link;
    return useTaskStore().start('joinNetwork', () => request('joinNetwork', { ...wish, invitation }));
  }

  return { ...toRefs(received), opened, connect, read, readFile, forget, join };
});
