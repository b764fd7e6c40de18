/** Applies one mutant to the source while it is loaded: nothing of it is in the product. */
import { registerHooks } from 'node:module';
import type { Mutant } from './mutants-table.ts';

/** What is to be replaced must be there exactly once, so that a mutant stays in step with the code or says so. */
export function mutateText(source: string, mutant: Pick<Mutant, 'name' | 'changes'>, path: string): string {
  let text = source;
  for (const change of mutant.changes) {
    if (change.file !== path) continue;
    const count = text.split(change.find).length - 1;
    if (count !== 1)
      throw new Error(`mutant ${mutant.name}: found ${count} times in ${path}: ${change.find}`);
    text = text.replace(change.find, () => change.replace);
  }
  return text;
}

export function loadMutated(mutant: Mutant): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const path = /\/src-main\/(.+)$/.exec(url)?.[1];
      if (path === undefined || loaded.source === null || loaded.source === undefined) return loaded;
      if (!mutant.changes.some((change) => change.file === path)) return loaded;
      const source =
        typeof loaded.source === 'string'
          ? loaded.source
          : Buffer.from(loaded.source as Uint8Array).toString();
      return { ...loaded, source: mutateText(source, mutant, path) };
    },
  });
}
