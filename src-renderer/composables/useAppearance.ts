import { watchEffect } from 'vue';
import { useI18n } from 'vue-i18n';
import { useRoute } from 'vue-router';
import { useNodeStore } from '../stores/node.ts';
import { useSettingsStore } from '../stores/settings.ts';

/** Language, theme and title of the document follow the settings and the view. */
export function useAppearance(): void {
  const { t, locale } = useI18n();
  const settings = useSettingsStore();
  const node = useNodeStore();
  const route = useRoute();

  watchEffect(() => {
    locale.value = settings.language;
    document.documentElement.lang = settings.language;
  });
  watchEffect(() => {
    document.documentElement.dataset.theme = settings.theme;
  });
  watchEffect(() => {
    const parts = [route.meta.title ? t(route.meta.title) : '', node.network?.name ?? '', 'DIVA Node'];
    document.title = parts.filter((part) => part !== '').join(' · ');
  });
}
