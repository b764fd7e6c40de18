import { watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { useAppStore } from '../stores/app.ts';
import { useEntriesStore } from '../stores/entries.ts';
import { useNodeStore } from '../stores/node.ts';
import { useNoticesStore } from '../stores/notices.ts';
import { useTaskStore } from '../stores/task.ts';
import { useMarginText } from './useMarginText.ts';

/** Tells a screen reader what changed and matters: the margin, the end of long work, own entries, the host. */
export function useAnnouncements(): void {
  const { t } = useI18n();
  const notices = useNoticesStore();
  const node = useNodeStore();
  const tasks = useTaskStore();
  const entries = useEntriesStore();
  const app = useAppStore();
  const { headline } = useMarginText();

  watch(headline, (sentence) => {
    if (node.network) notices.announce(sentence);
  });
  watch(
    () => [tasks.task?.id, tasks.task?.state] as const,
    ([, state]) => {
      if (tasks.task && state && state !== 'running')
        notices.announce(`${t(`tasks.${tasks.task.kind}`)}: ${t(`taskStates.${state}`)}`);
    },
  );
  watch(
    () => entries.entries.filter((entry) => entry.stage === 'committed').map((entry) => entry.ns),
    (now, before) => {
      const entry = entries.entries.find(
        ({ ns, stage }) => stage === 'committed' && now.includes(ns) && !before.includes(ns),
      );
      if (entry?.height && before.length > 0)
        notices.announce(t('entries.committedAt', { height: entry.height }));
    },
  );
  watch(
    () => app.linked,
    (linked) => notices.announce(t(linked ? 'link.back' : 'link.lost')),
  );
}
