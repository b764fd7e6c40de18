const SEAL_PREFIX = 'diva:seal:';

/** Base64url SHA-256 of the file that a record under this name seals (DESIGN, Ledger); null for any other record. */
export function sealedFile(ns: string): string | null {
  return ns.startsWith(SEAL_PREFIX) ? ns.slice(SEAL_PREFIX.length) : null;
}
