import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { Member, NodeSnapshot, OwnerDecision } from '../../src-main/app/contract/node.ts';
import { request, subscribe } from '../api.ts';
import { useNoticesStore } from './notices.ts';
import { useTaskStore } from './task.ts';

/** The owner's decision: after an amnesia it signs at once; of a key that ran twice, this is the only copy. */
async function overrideSilence(decision: OwnerDecision): Promise<void> {
  const outcome = await request('overrideSilence', { decision });
  if (!outcome.ok) useNoticesStore().fail('overrideSilence', outcome.error);
}

/** The newest snapshot of the own node, and what can be done with the nodes of a local network. */
export const useNodeStore = defineStore('node', () => {
  const snapshot = shallowRef<NodeSnapshot | null>(null);
  /** Moment on the window's own clock at which the snapshot was true. */
  const receivedAtMs = ref(0);

  const phase = computed(() => snapshot.value?.phase ?? 'none');
  const reason = computed(() => snapshot.value?.reason ?? null);
  const network = computed(() => snapshot.value?.network ?? null);
  const members = computed(() => network.value?.members ?? []);
  const margin = computed(() => network.value?.margin ?? null);
  const peers = computed(() => members.value.filter((member) => !member.isSelf));
  /** Peers that are here and know every block that the own node knows. */
  const agreeing = computed(() => peers.value.filter((peer) => peer.connected && peer.behindBy === 0));
  const byKey = computed(() => new Map(members.value.map((member) => [member.publicKey, member])));

  function connect(): () => void {
    const unsubscribeNode = subscribe('node', (value) => {
      if (snapshot.value && value.version <= snapshot.value.version) return;
      snapshot.value = value;
      receivedAtMs.value = performance.now();
    });
    // After a restart of the host its versions begin again.
    const unsubscribeLink = subscribe('link', ({ connected }) => {
      if (!connected) snapshot.value = snapshot.value && { ...snapshot.value, version: 0 };
    });
    return () => {
      unsubscribeNode();
      unsubscribeLink();
    };
  }

  function nameOf(publicKey: string): string | null {
    return byKey.value.get(publicKey)?.name ?? null;
  }

  async function tell(action: 'startNode' | 'stopNode' | 'killNode', member: Member): Promise<void> {
    const outcome = await request(action, { publicKey: member.publicKey });
    if (!outcome.ok) useNoticesStore().fail(action, outcome.error);
  }

  function addNode(): Promise<boolean> {
    return useTaskStore().start('addNode', () => request('addNode', {}));
  }

  function removeNode(member: Member): Promise<boolean> {
    return useTaskStore().start('removeNode', () => request('removeNode', { publicKey: member.publicKey }));
  }

  return {
    snapshot,
    receivedAtMs,
    phase,
    reason,
    network,
    members,
    margin,
    peers,
    agreeing,
    connect,
    nameOf,
    tell,
    overrideSilence,
    addNode,
    removeNode,
  };
});
