import { onScopeDispose, ref } from 'vue';

const SHOWN_MS = 2000;

/** Copies text; `copied` is true for a moment afterwards. */
export function useCopy() {
  const copied = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  onScopeDispose(() => clearTimeout(timer));

  async function copy(text: string): Promise<void> {
    copied.value = (await viaClipboard(text)) || viaSelection(text);
    clearTimeout(timer);
    timer = setTimeout(() => (copied.value = false), SHOWN_MS);
  }

  return { copied, copy };
}

async function viaClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Where the clipboard's permission is denied, a key press or click may still copy what is selected. */
function viaSelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'unseen';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}
