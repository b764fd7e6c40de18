import { onMounted, onUnmounted } from 'vue';
import { useAdmissionStore } from '../stores/admission.ts';
import { useAppStore } from '../stores/app.ts';
import { useChainStore } from '../stores/chain.ts';
import { useEntriesStore } from '../stores/entries.ts';
import { useIdentityStore } from '../stores/identity.ts';
import { useJoiningStore } from '../stores/joining.ts';
import { useLeftoversStore } from '../stores/leftovers.ts';
import { useMachineStore } from '../stores/machine.ts';
import { useNetworksStore } from '../stores/networks.ts';
import { useNodeStore } from '../stores/node.ts';
import { useSettingsStore } from '../stores/settings.ts';
import { useTaskStore } from '../stores/task.ts';

/** Keeps every store connected to the host while the window is there. */
export function useHost(): void {
  const stores = [
    useAppStore(),
    useSettingsStore(),
    useIdentityStore(),
    useNetworksStore(),
    useTaskStore(),
    useNodeStore(),
    useMachineStore(),
    useLeftoversStore(),
    useAdmissionStore(),
    useJoiningStore(),
    useChainStore(),
    useEntriesStore(),
  ];
  let disconnect: readonly (() => void)[] = [];
  onMounted(() => (disconnect = stores.map((store) => store.connect())));
  onUnmounted(() => disconnect.forEach((end) => end()));
}
