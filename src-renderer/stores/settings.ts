import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { Language, SetSettingsRequest, SettingsState } from '../../src-main/app/contract/shell.ts';
import { request, subscribe } from '../api.ts';
import { useAppStore } from './app.ts';
import { useNoticesStore } from './notices.ts';

const INITIAL: SettingsState = { settings: { language: 'system', theme: 'system' }, overridden: [] };

export const useSettingsStore = defineStore('settings', () => {
  const state = ref<SettingsState>(INITIAL);
  const systemIsDark = ref(false);

  const settings = computed(() => state.value.settings);
  const overridden = computed(() => state.value.overridden);
  const language = computed<Language>(() => {
    const chosen = settings.value.language;
    return chosen === 'system' ? (useAppStore().info?.systemLanguage ?? 'en') : chosen;
  });
  const theme = computed<'light' | 'dark'>(() => {
    const chosen = settings.value.theme;
    if (chosen !== 'system') return chosen;
    return systemIsDark.value ? 'dark' : 'light';
  });

  function connect(): () => void {
    const scheme = window.matchMedia('(prefers-color-scheme: dark)');
    const onScheme = (): void => void (systemIsDark.value = scheme.matches);
    onScheme();
    scheme.addEventListener('change', onScheme);
    const unsubscribe = subscribe('settings', (value) => (state.value = value));
    return () => {
      scheme.removeEventListener('change', onScheme);
      unsubscribe();
    };
  }

  async function set(change: SetSettingsRequest): Promise<void> {
    const outcome = await request('setSettings', change);
    if (outcome.ok) state.value = outcome.value;
    else useNoticesStore().fail('setSettings', outcome.error);
  }

  return { settings, overridden, language, theme, connect, set };
});
