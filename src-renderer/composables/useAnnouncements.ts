import { watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { useAdmissionStore } from '../stores/admission.ts';
import { useAppStore } from '../stores/app.ts';
import { useEntriesStore } from '../stores/entries.ts';
import { useNodeStore } from '../stores/node.ts';
import { useNoticesStore } from '../stores/notices.ts';
import { useTaskStore } from '../stores/task.ts';
import { useMarginText } from './useMarginText.ts';

/** Tells a screen reader what changed and matters: the margin, the stages of long work, own entries, the host. */
export function useAnnouncements(): void {
  const { t } = useI18n();
  const notices = useNoticesStore();
  const node = useNodeStore();
  const tasks = useTaskStore();
  const entries = useEntriesStore();
  const app = useAppStore();
  const admission = useAdmissionStore();
  const { headline } = useMarginText();

  watch(headline, (sentence) => {
    if (node.network) notices.announce(sentence);
  });
  watch([() => tasks.task?.id, () => tasks.task?.state], ([, state]) => {
    if (tasks.task && state && state !== 'running')
      notices.announce(`${t(`tasks.${tasks.task.kind}`)}: ${t(`taskStates.${state}`)}`);
  });
  watch(
    () => tasks.task?.stages.find((stage) => stage.state === 'running')?.name,
    (stage) => {
      if (tasks.task && stage) notices.announce(`${t(`tasks.${tasks.task.kind}`)}: ${t(`stages.${stage}`)}`);
    },
  );
  watch(
    () => entries.entries.filter((entry) => entry.stage !== 'committed').map((entry) => entry.id),
    (waiting, before) => {
      const gone = before.filter((id) => !waiting.includes(id));
      const final = entries.entries.find((entry) => gone.includes(entry.id) && entry.stage === 'committed');
      if (final?.height) notices.announce(t('entries.committedAt', { height: final.height }));
    },
  );
  watch(
    () => admission.open.map(({ publicKey }) => publicKey),
    (_, before) => {
      const newcomer = admission.open.find(({ publicKey }) => !before.includes(publicKey));
      if (newcomer) notices.announce(t('requests.wants', { name: newcomer.name }));
    },
  );
  watch(
    () => app.linked,
    (linked) => notices.announce(t(linked ? 'link.back' : 'link.lost')),
  );
}
