import { defineStore } from 'pinia';
import { ref } from 'vue';
import type { ContractError } from '../../src-main/app/contract/errors.ts';

export interface Notice {
  readonly id: number;
  /** Key of the sentence that says what was tried: `actions.<action>`. */
  readonly action: string;
  readonly error: ContractError;
}

const MAX_NOTICES = 3;

/** What the person has to know although it concerns no field in view: failures to read, changes to hear. */
export const useNoticesStore = defineStore('notices', () => {
  const notices = ref<Notice[]>([]);
  const announcement = ref('');
  let lastId = 0;

  function fail(action: string, error: ContractError): void {
    const others = notices.value.filter((notice) => notice.action !== action);
    notices.value = [{ id: ++lastId, action, error }, ...others].slice(0, MAX_NOTICES);
  }

  function dismiss(id: number): void {
    notices.value = notices.value.filter((notice) => notice.id !== id);
  }

  /** Spoken by screen readers when they are free. */
  function announce(sentence: string): void {
    announcement.value = sentence;
  }

  return { notices, announcement, fail, dismiss, announce };
});
