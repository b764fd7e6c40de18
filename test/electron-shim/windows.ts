/** The windows that are open, for those parts of the double that only need the list. */
export interface OpenWindow {
  close(): void;
  hide(): void;
  show(): void;
  /** null: as the system has it. */
  setColorScheme(scheme: 'light' | 'dark' | null): void;
}

const windows = new Set<OpenWindow>();

export function openWindows(): readonly OpenWindow[] {
  return [...windows];
}

export function windowOpened(window: OpenWindow): void {
  windows.add(window);
}

export function windowClosed(window: OpenWindow): void {
  windows.delete(window);
}
