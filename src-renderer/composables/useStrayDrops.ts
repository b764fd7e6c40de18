import { onMounted, onUnmounted } from 'vue';

/** A file that misses its place is not for this window: a browser would leave the page to show it. */
export function useStrayDrops(): void {
  const ignore = (event: DragEvent): void => {
    const { dataTransfer } = event;
    // Text may still be drawn into a field.
    if (event.defaultPrevented || !dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    dataTransfer.dropEffect = 'none';
  };
  onMounted(() => {
    window.addEventListener('dragover', ignore);
    window.addEventListener('drop', ignore);
  });
  onUnmounted(() => {
    window.removeEventListener('dragover', ignore);
    window.removeEventListener('drop', ignore);
  });
}
