/** What changes something: new transactions and leaving. Every request here needs the token. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { fromText } from '../core/bytes.ts';
import { IDENT_PATTERN } from '../core/encoding.ts';
import type { Command } from '../core/types.ts';
import type { SubmitRefusal } from '../core/effects.ts';
import { SubmitError } from '../node/facade.ts';
import { readCommands } from './command-input.ts';
import type { ServedNode } from '../networks/served-node.ts';
import { sendProblem } from './problem.ts';

const STATUS_OF: Readonly<Record<SubmitRefusal, number>> = {
  'lane-full': 429,
  'too-large': 413,
  'duplicate-ident': 403,
  'not-a-member': 403,
  invalid: 403,
  halted: 503,
};

export function writeRoutes(app: FastifyInstance, { node }: ServedNode): void {
  const protectedRoute = { config: { needsToken: true } };
  app.put<{ Params: { ident?: string } }>('/transaction/:ident?', protectedRoute, (request, reply) => {
    const ident = request.params.ident === '' ? undefined : request.params.ident;
    if (ident !== undefined && !IDENT_PATTERN.test(ident)) {
      return sendProblem(reply, 403, 'an ident has 1 to 32 characters of A-Z a-z 0-9 _ -');
    }
    if (request.body === undefined) return sendProblem(reply, 400, 'the body is empty');
    const input = readCommands(request.body);
    if (!input.ok) return sendProblem(reply, 403, input.reason);
    return submit(reply, input.commands, ident);
  });

  app.put('/leave', protectedRoute, (_request, reply) => {
    return submit(reply, [{ kind: 'removePeer', publicKey: fromText(node.publicKey)! }], undefined);
  });

  async function submit(reply: FastifyReply, commands: readonly Command[], ident: string | undefined) {
    try {
      const accepted = await node.submit(commands, ident);
      return await reply.send({ ident: accepted.ident });
    } catch (error) {
      if (!(error instanceof SubmitError)) throw error;
      return sendProblem(
        reply,
        STATUS_OF[error.code],
        error.message,
        error.code === 'lane-full' ? 1 : undefined,
      );
    }
  }
}
