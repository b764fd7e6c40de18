import { createRouter, createWebHashHistory } from 'vue-router';
import { useNodeStore } from './stores/node.ts';
import { useTaskStore } from './stores/task.ts';
import BlockView from './views/BlockView.vue';
import ChainView from './views/ChainView.vue';
import EntriesView from './views/EntriesView.vue';
import PeersView from './views/PeersView.vue';
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
      { path: '/peers', name: 'peers', component: PeersView, meta: { title: 'nav.peers', needsNetwork: true } },
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
      { path: '/entries', name: 'entries', component: EntriesView, meta: { title: 'nav.entries', needsNetwork: true } },
      { path: '/verify', name: 'verify', component: VerifyView, meta: { title: 'nav.verify' } },
      { path: '/settings', name: 'settings', component: SettingsView, meta: { title: 'nav.settings' } },
      { path: '/:unknown(.*)', redirect: '/' },
    ],
  });
  router.beforeEach((to) => (to.meta.needsNetwork && !useNodeStore().network ? '/start' : true));
  router.beforeEach((to, from) => {
    // A network that is being made or opened is watched where its stages are.
    const busy = useTaskStore().running && ['createLocalNetwork', 'openNetwork'].includes(useTaskStore().task?.kind ?? '');
    return busy && to.meta.needsNetwork && from.name !== 'start' ? '/start' : true;
  });
  return router;
}
