/** What the owner of a network over several machines agreed to: a file in its folder. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { jsonFile } from './json-file.ts';
import type { ReachConsent } from './reach-types.ts';

const exact = { additionalProperties: false };

/** What the owner agreed to. */
const decision = {
  /** Names of interfaces, as the system calls them. Empty: this machine alone. */
  interfaces: Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: 32 }),
  /** Whether machines nearby may see that this network is here, and its name. */
  announce: Type.Boolean(),
};
const Consent = Type.Object({ version: Type.Literal(1), ...decision }, exact);
export type Consent = Static<typeof Consent>;

const decided = Compile(Type.Object(decision, exact));

/** As the owner says it, from outside. */
export function isConsent(value: unknown): value is ReachConsent {
  return decided.Check(value);
}

export const consentFile = jsonFile(Consent);
export const NO_CONSENT: Consent = { version: 1, interfaces: [], announce: false };
