/** Who else is in the network, for the command line: invitations, and who asks to be let in (docs/api.md). */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { NetworkError } from '../networks/errors.ts';
import type { ServedNode } from '../networks/served-node.ts';
import type { MembershipDesk } from '../networks/shared/desk-types.ts';
import { sendProblem } from './problem.ts';

const exact = { additionalProperties: false };
const invitation = bodyOf(
  Type.Object(
    {
      ticket: Type.Enum(['none', 'one-time', 'reusable']),
      lifetimeBlocks: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
      note: Type.String({ maxLength: 64 }),
    },
    exact,
  ),
);
const decision = bodyOf(Type.Object({ accept: Type.Boolean() }, exact));
const settings = bodyOf(
  Type.Partial(
    Type.Object({ admission: Type.Enum(['automatic', 'ask']), paused: Type.Boolean() }, exact),
    exact,
  ),
);

const STATUS_OF: Readonly<Record<string, number>> = {
  'not-found': 404,
  'no-stake': 403,
  'too-many-invitations': 403,
};

export function memberRoutes(app: FastifyInstance, { desk }: ServedNode): void {
  const guarded = { config: { needsToken: true } };
  app.get('/node/invitations', guarded, (_request, reply) => {
    return answer(reply, desk, (open) => open.invitations());
  });
  app.put('/node/invitations', guarded, ({ body }, reply) => {
    if (!invitation(body)) return refuse(reply);
    return answer(reply, desk, (open) => open.invite(body));
  });
  app.put<{ Params: { id: string } }>('/node/invitations/:id/revoke', guarded, ({ params }, reply) => {
    return answer(reply, desk, (open) => {
      open.revoke(params.id);
      return {};
    });
  });
  app.get('/node/joins', guarded, (_request, reply) => {
    return answer(reply, desk, (open) => ({ settings: open.settings(), requests: open.requests() }));
  });
  app.put<{ Params: { publicKey: string } }>('/node/joins/:publicKey', guarded, ({ params, body }, reply) => {
    if (!decision(body)) return refuse(reply);
    return answer(reply, desk, (open) => {
      open.decide(params.publicKey, body.accept);
      return {};
    });
  });
  app.put('/node/admission', guarded, ({ body }, reply) => {
    if (!settings(body)) return refuse(reply);
    return answer(reply, desk, (open) => {
      open.set(body);
      return open.settings();
    });
  });
}

function bodyOf<Schema extends TSchema>(schema: Schema) {
  const validator = Compile(schema);
  return (body: unknown): body is Type.Static<Schema> => validator.Check(body);
}

function refuse(reply: FastifyReply): FastifyReply {
  return sendProblem(reply, 403, 'the request is not well-formed');
}

function answer(
  reply: FastifyReply,
  desk: MembershipDesk | null,
  ask: (desk: MembershipDesk) => unknown,
): FastifyReply {
  if (desk === null) return sendProblem(reply, 403, 'nobody joins a network of this machine alone by asking');
  try {
    return reply.send(ask(desk));
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    const { code, message } = error;
    return sendProblem(reply, STATUS_OF[code] ?? 500, message, undefined, { code });
  }
}
