/** Problems as `application/problem+json`: every error of the HTTP edge in one shape, without stack or file path. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { ImageFault } from '#ports/journal.ts';
import type { Problem } from '#protocol/rest.ts';

/** A refusal that a route raises on purpose. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: Problem['errors'];
  constructor(status: number, code: string, detail: string, errors?: Problem['errors']) {
    super(detail);
    this.name = 'HttpProblem';
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

const TITLES: Record<number, string> = {
  400: 'Bad request',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  421: 'Misdirected request',
  422: 'Cannot be processed',
  500: 'Internal error',
  503: 'Not available',
  507: 'Insufficient storage',
};

export function problem({
  status,
  code,
  message,
  errors,
}: {
  status: number;
  code: string;
  message: string;
  errors?: Problem['errors'];
}): Problem {
  return {
    type: `about:blank#${code}`,
    title: TITLES[status] ?? 'Error',
    status,
    detail: message,
    code,
    ...(errors ? { errors } : {}),
  };
}

export function sendProblem(reply: FastifyReply, body: Problem): FastifyReply {
  return reply.code(body.status).type('application/problem+json').send(JSON.stringify(body));
}

export function errorHandler(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const body = asProblem(error);
  if (body.status >= 500) request.log.error({ err: error }, 'request failed');
  return sendProblem(reply, body);
}

function asProblem(error: FastifyError): Problem {
  if (error instanceof HttpProblem) return problem(error);
  if (error instanceof ImageFault) return problem({ status: 507, code: error.code, message: error.message });
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.map(({ instancePath, message }) => ({
      path: instancePath.replace(/^\//, '').replaceAll('/', '.'),
      message: message ?? 'is not valid',
    }));
    const where =
      error.validationContext === 'body' ? 'body' : error.validationContext === 'params' ? 'address' : 'query';
    const detail = errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
    return problem({ status: 422, code: `invalid-${where}`, message: detail, errors });
  }
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return problem({ status: 413, code: 'body-too-large', message: 'The body is too large.' });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return problem({ status: 415, code: 'unsupported-media-type', message: 'Send the body as application/json.' });
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return problem({ status: 400, code: 'invalid-json', message: 'The body is not valid JSON.' });
  }
  const status = error.statusCode ?? 500;
  if (status < 500)
    return problem({
      status,
      code: 'bad-request',
      message: status === 400 ? 'The request could not be read.' : error.message,
    });
  return problem({
    status: 500,
    code: 'internal-error',
    message: 'Something went wrong inside the server; its log says what.',
  });
}
