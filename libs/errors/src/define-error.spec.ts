import { describe, expect, it } from '@jest/globals';
import { AppError } from './app-error.js';
import { defineError } from './define-error.js';

const Plain = defineError('engine_stuck', 409, (part: string, turns: number) => `${part} stuck after ${turns} turns.`);
const Detailed = defineError('engine_away', 503, (cause?: unknown) => ({
  message: 'Not now.',
  retryAfter: 7,
  challenge: 'Bearer',
  faults: [{ field: 'part', code: 'required', message: 'is required' }],
  members: { spare: true },
  cause,
}));

describe('defineError', () => {
  it('makes a class that says its code and status without an instance', () => {
    expect([Plain.code, Plain.status]).toEqual(['engine_stuck', 409]);
  });

  it('makes an error of a sentence', () => {
    const error = new Plain('mill', 3);
    expect(error).toBeInstanceOf(Plain);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'engine_stuck',
      code: 'engine_stuck',
      status: 409,
      message: 'mill stuck after 3 turns.',
      details: {},
    });
    expect(error.stack).toContain('define-error.spec');
  });

  it('makes an error with details, and keeps its cause out of them', () => {
    const cause = new Error('secret');
    const error = new Detailed(cause);
    expect(error.details).toEqual({
      retryAfter: 7,
      challenge: 'Bearer',
      faults: [{ field: 'part', code: 'required', message: 'is required' }],
      members: { spare: true },
    });
    expect([error.message, error.cause]).toEqual(['Not now.', cause]);
    expect(new Detailed().cause).toBeUndefined();
  });

  it('makes classes that are not each other', () => {
    expect(new Plain('mill', 1)).not.toBeInstanceOf(Detailed);
  });
});
