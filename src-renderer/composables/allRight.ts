/** Part of a form that says whether it is filled in rightly; if not, it shows the reason, and takes the focus. */
export interface Checked {
  check(): boolean;
}

/** Every part says what is wrong with it; the focus is in the first such one. What is not shown has nothing wrong. */
export function allRight(...parts: readonly (Checked | null)[]): boolean {
  return [...parts]
    .reverse()
    .map((part) => part?.check() ?? true)
    .every(Boolean);
}
