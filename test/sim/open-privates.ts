/**
 * Lets I8 count what a node keeps: while the source of the node is loaded, `#name` becomes `_$name`, which a walk over
 * its objects can see. Nothing else changes, and nothing of it is in the product.
 */
import { registerHooks } from 'node:module';

const PRIVATE_NAME = /(?<![\w$'"`/])#(?=[a-z])/g;
export const OPENED = '_$';

export function openText(source: string): string {
  return source.replace(PRIVATE_NAME, OPENED);
}

/** Before the first import of src-main/; after loadMutated(), so that a mutant finds the text it looks for. */
export function openPrivates(): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!/\/src-main\/(core|ledger|node)\//.test(url)) return loaded;
      const { source } = loaded;
      if (source === null || source === undefined) return loaded;
      const text = typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString();
      return { ...loaded, source: openText(text) };
    },
  });
}
