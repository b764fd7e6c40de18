import type { FastifyReply } from 'fastify';

/** Errors that are not empty have one form: `{path, status, message, error}`; `error` is what scripts may read. */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  message: string,
  retryAfterSeconds?: number,
  error: Readonly<Record<string, unknown>> = {},
) {
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  const path = reply.request.url;
  return reply.code(status).send({ path, status, message, error });
}

/** DIVA clients expect an empty body where something is unknown. */
export function sendEmpty(reply: FastifyReply, status: number) {
  return reply.code(status).send();
}
