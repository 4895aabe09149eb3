import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { AnswerWatch } from './answer-watch.js';

let silences: number;
let watch: AnswerWatch;
beforeEach(() => {
  silences = 0;
  watch = new AnswerWatch(() => silences++);
});
afterEach(() => watch.stop());

it('says nothing while nobody asks, or all are answered', async () => {
  await delay(80);
  watch.asked();
  watch.answered();
  await delay(80);
  expect(silences).toBe(0);
});

it('tells once of a question without an answer', async () => {
  watch.asked();
  watch.asked();
  watch.answered();
  await delay(150);
  expect(silences).toBe(1);
});

it('begins anew after it has told', async () => {
  watch.asked();
  await delay(150);
  watch.answered();
  watch.asked();
  await delay(150);
  expect(silences).toBe(2);
});

it('is not deceived by answers to later questions that never come', async () => {
  for (let i = 0; i < 10; i++) {
    watch.asked();
    watch.answered();
    await delay(10);
  }
  watch.asked();
  await delay(150);
  expect(silences).toBe(1);
});

it('does not hold our own slowness against the other side', async () => {
  watch.asked();
  // What has arrived meanwhile is read after the timers.
  setImmediate(() => watch.answered());
  const until = performance.now() + 120;
  while (performance.now() < until);
  await delay(100);
  expect(silences).toBe(0);
});
