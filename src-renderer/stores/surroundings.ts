import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { ResponseOf } from '../../src-main/app/contract/contract.ts';
import type { Nearby } from '../../src-main/app/contract/reach.ts';
import { request, subscribe } from '../api.ts';
import { useNoticesStore } from './notices.ts';

type Interfaces = ResponseOf<'listInterfaces'>['interfaces'];

/** The networks around this machine: those it is attached to, and those that machines nearby announce. */
export const useSurroundingsStore = defineStore('surroundings', () => {
  const nearby = shallowRef<Nearby | null>(null);
  const interfaces = shallowRef<Interfaces>([]);

  /** Looks for networks of machines nearby until the returned function is called. */
  function look(): () => void {
    nearby.value = null;
    return subscribe('nearby', (value) => (nearby.value = value));
  }

  async function loadInterfaces(): Promise<void> {
    const outcome = await request('listInterfaces', {});
    if (outcome.ok) interfaces.value = outcome.value.interfaces;
    else useNoticesStore().fail('listInterfaces', outcome.error);
  }

  /** Over these interfaces and no others may machines reach the node of the open network. */
  async function setReach(names: string[], announce: boolean): Promise<void> {
    const outcome = await request('setReach', { interfaces: names, announce });
    if (!outcome.ok) useNoticesStore().fail('setReach', outcome.error);
  }

  return { nearby, interfaces, look, loadInterfaces, setReach };
});
