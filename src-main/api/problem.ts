import type { FastifyReply } from 'fastify';

/** Errors that are not empty have one form: `{path, status, message, error}`. */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  message: string,
  retryAfterSeconds?: number,
) {
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  const path = reply.request.url;
  return reply.code(status).send({ path, status, message, error: {} });
}

/** DIVA clients expect an empty body where something is unknown. */
export function sendEmpty(reply: FastifyReply, status: number) {
  return reply.code(status).send();
}
