/**
 * The token for everything that writes (DESIGN, Security): 32 characters in a file that only its owner can
 * read. It changes every 3 to 10 minutes at random, and the previous one stays valid for one change, so that a
 * client which has just read the file is never refused.
 */
import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import fs from 'node:fs';

export const TOKEN_HEADER = 'diva-token-api';
const TOKEN_BYTES = 24;
const SHORTEST_MS = 3 * 60_000;
const LONGEST_MS = 10 * 60_000;

export class ApiToken {
  readonly file: string;
  #current: Buffer = Buffer.alloc(0);
  #previous: Buffer = Buffer.alloc(0);
  #timer: NodeJS.Timeout | undefined;

  /** Writes the first token. Throws the errors of node:fs. */
  constructor(file: string) {
    this.file = file;
    this.rotate();
  }

  get value(): string {
    return this.#current.toString('latin1');
  }

  accepts(given: unknown): boolean {
    if (typeof given !== 'string') return false;
    const bytes = Buffer.from(given, 'latin1');
    return [this.#current, this.#previous].some((token) => {
      return token.length > 0 && token.length === bytes.length && timingSafeEqual(token, bytes);
    });
  }

  /** Replaces the token and plans the next change. */
  rotate(): void {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const draft = `${this.file}.new`;
    fs.rmSync(draft, { force: true });
    fs.writeFileSync(draft, token, { mode: 0o600, flag: 'wx' });
    fs.renameSync(draft, this.file);
    this.#previous = this.#current;
    this.#current = Buffer.from(token, 'latin1');
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rotateLater(), randomInt(SHORTEST_MS, LONGEST_MS));
    this.#timer.unref();
  }

  /** A full disk must not end the node: the old token stays valid and the change is tried again. */
  #rotateLater(): void {
    try {
      this.rotate();
    } catch {
      this.#timer = setTimeout(() => this.#rotateLater(), SHORTEST_MS);
      this.#timer.unref();
    }
  }

  /** The token opens nothing any more; its file goes away with it. */
  close(): void {
    clearTimeout(this.#timer);
    fs.rmSync(this.file, { force: true });
  }
}
