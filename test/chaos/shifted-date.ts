/** Loaded before a node's program: from now on its Date is wrong by the seconds that a file names. */
import fs from 'node:fs';

const LOOK_EVERY_MS = 500;
const file = process.env['CHAOS_CLOCK_FILE']!;
let offsetMs = 0;

/** Node's own parts (the date of an HTTP answer) keep the old Date; so what is seen here is said in another file. */
function look(): void {
  offsetMs = Number(fs.readFileSync(file, 'utf8')) * 1000;
  try {
    fs.writeFileSync(`${file}.seen`, new Date().toISOString());
  } catch {
    // On a full disk the clock is wrong all the same.
  }
}

const Original = Date;
globalThis.Date = class extends Original {
  constructor(...values: [] | [number | string | Date]) {
    if (values.length === 0) super(Original.now() + offsetMs);
    else super(...values);
  }

  static override now(): number {
    return Original.now() + offsetMs;
  }
} as DateConstructor;

look();
setInterval(look, LOOK_EVERY_MS).unref();
