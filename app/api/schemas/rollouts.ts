export const START_BODY = {
  type: 'object',
  properties: {
    options: {
      type: ['object', 'null'],
      description: "Nothing, or zeros throughout: the server's defaults.",
      properties: {
        startAutomatically: { type: 'boolean' },
        rollbackOnFailure: { type: 'boolean' },
        maxErrors: { type: 'number', minimum: 0, maximum: 1_000_000 },
        phaseAgentCount: {
          type: 'object',
          properties: {
            initial: { type: 'number', minimum: 0, maximum: 1_000_000 },
            multiplier: { type: 'number', minimum: 0, maximum: 1_000_000 },
            maximum: { type: 'number', minimum: 0, maximum: 1_000_000 },
          },
        },
      },
    },
  },
} as const;

export const RETRY_BODY = {
  type: ['object', 'null'],
  properties: {
    agent: { type: 'string', maxLength: 200, description: 'Its id; left out: all that failed.' },
  },
} as const;
