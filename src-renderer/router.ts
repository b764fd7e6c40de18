import { createRouter, createWebHashHistory, type Router } from 'vue-router';
import { useNodeStore } from './stores/node.ts';
import { isOpening, useTaskStore } from './stores/task.ts';
import BlockView from './views/BlockView.vue';
import ChainView from './views/ChainView.vue';
import EntriesView from './views/EntriesView.vue';
import InviteView from './views/InviteView.vue';
import JoinView from './views/JoinView.vue';
import PeersView from './views/PeersView.vue';
import RoomView from './views/RoomView.vue';
import SettingsView from './views/SettingsView.vue';
import StartView from './views/StartView.vue';
import VerifyView from './views/VerifyView.vue';

declare module 'vue-router' {
  interface RouteMeta {
    /** Key of the view's name, for the window's title. */
    readonly title: string;
    readonly needsNetwork?: boolean;
  }
}

/** Addresses after the #: the window is served from app:// or from any path on loopback. */
export function makeRouter() {
  const router = createRouter({
    history: createWebHashHistory(),
    routes: [
      { path: '/', redirect: () => (useNodeStore().network ? '/peers' : '/start') },
      { path: '/start', name: 'start', component: StartView, meta: { title: 'nav.networks' } },
      { path: '/start/join', name: 'join', component: JoinView, meta: { title: 'join.title' } },
      {
        path: '/peers',
        name: 'peers',
        component: PeersView,
        meta: { title: 'nav.peers', needsNetwork: true },
      },
      {
        path: '/peers/invite',
        name: 'invite',
        component: InviteView,
        meta: { title: 'invite.title', needsNetwork: true },
      },
      {
        path: '/peers/room',
        name: 'room',
        component: RoomView,
        meta: { title: 'room.name', needsNetwork: true },
      },
      {
        path: '/chain',
        name: 'chain',
        component: ChainView,
        meta: { title: 'nav.chain', needsNetwork: true },
        children: [
          {
            path: ':height(\\d{1,15})',
            name: 'block',
            component: BlockView,
            props: (route) => ({ height: Number(route.params.height) }),
            meta: { title: 'nav.chain', needsNetwork: true },
          },
        ],
      },
      {
        path: '/entries',
        name: 'entries',
        component: EntriesView,
        meta: { title: 'nav.entries', needsNetwork: true },
      },
      { path: '/verify', name: 'verify', component: VerifyView, meta: { title: 'nav.verify' } },
      { path: '/settings', name: 'settings', component: SettingsView, meta: { title: 'nav.settings' } },
      { path: '/:unknown(.*)', redirect: '/' },
    ],
  });
  router.beforeEach((to) => {
    const node = useNodeStore();
    // Before the first snapshot nothing is known: AppShell enters again when it is there.
    return node.snapshot && to.meta.needsNetwork && !node.network ? '/start' : true;
  });
  return router;
}

/** Where the window opens: the address it was loaded with, as far as the state of the host allows it. */
export function enter(router: Router, address: string): void {
  const busy = isOpening(useTaskStore().shown);
  const { network } = useNodeStore();
  const wanted = router.resolve(address === '' ? '/' : address);
  // A network that is being made or opened is watched where its stages are.
  const possible = !wanted.meta.needsNetwork || (network && !busy);
  void router.replace(
    possible && wanted.path !== '/' ? wanted.fullPath : network && !busy ? '/peers' : '/start',
  );
}
