/**
 * What runs in a guest before its code does: a function of `call` and `log`, which leads to what is outside, and of the
 * limits. It keeps what it needs of the language, for the code may replace everything that it can reach.
 *
 * It is compiled for each run, so it goes there without the spaces.
 *
 * `start` and `failed` give a promise of a text: how it ended, a new line, and JSON or what is to be told.
 */
export const PRELUDE = String.raw`(function (call, log, mostOutput, mostLines, mostJson, mostCalls, mostAtOnce) {
  'use strict';
  const { parse, stringify } = JSON;
  const { defineProperty, getPrototypeOf } = Object;
  const { apply } = Reflect;
  const { indexOf, slice, split } = String.prototype;
  const functionText = Function.prototype.toString;
  const text = String, number = parseInt, NewPromise = Promise, NewError = Error, NewTypeError = TypeError;
  const internalError = InternalError.prototype;
  delete globalThis.SharedArrayBuffer;

  const cut = (string, most) => (string.length > most ? apply(slice, string, [0, most]) : string);
  const isOutOfMemory = (error) => {
    try { return getPrototypeOf(error) === internalError && error.message === 'out of memory'; } catch { return false; }
  };
  const member = (error, name) => {
    try { const value = error[name]; return typeof value === 'string' ? value : ''; } catch { return ''; }
  };
  const json = (value) => { try { return stringify(value); } catch { return undefined; } };
  const show = (value) => {
    if (typeof value === 'string') return value;
    if (typeof value === 'function') return '[function]';
    if (typeof value !== 'object' || value === null) return text(value);
    const message = member(value, 'message');
    const name = member(value, 'name');
    if (message !== '' && name !== '') return name + ': ' + message;
    const shown = json(value);
    return shown === undefined || (shown === '{}' && name !== '') ? name || message || '[object]' : shown;
  };
  const describe = (error) => {
    const shown = cut(show(error), 2000);
    if (typeof error !== 'object' || error === null) return shown;
    const stack = member(error, 'stack');
    const at = apply(indexOf, stack, ['code.js:']);
    const line = at < 0 ? NaN : number(apply(slice, stack, [at + 8, at + 16]));
    return line > 0 ? shown + ' (line ' + line + ')' : shown;
  };
  const thrown = (error) => (isOutOfMemory(error) ? 'out_of_memory\n' : 'thrown\n' + describe(error));

  const result = (value) => {
    if (value === undefined) return 'ok\nnull';
    let told;
    try {
      told = stringify(value);
    } catch (error) {
      return isOutOfMemory(error) ? 'out_of_memory\n' : 'invalid_result\nWhat the code returned is no JSON: ' + describe(error);
    }
    if (told === undefined) return 'invalid_result\nWhat the code returned is no JSON: it is a ' + typeof value + '.';
    return told.length > mostOutput ? 'result_too_large\n' : 'ok\n' + told;
  };

  let lines = 0, room = mostOutput;
  const print = (...values) => {
    if (lines > mostLines || room < 0) return;
    let line = '';
    for (let at = 0; at < values.length && line.length <= room; at++) line += (at ? ' ' : '') + cut(show(values[at]), room + 1);
    lines++;
    room -= line.length + 1;
    log(line);
  };
  globalThis.console = { log: print, info: print, warn: print, error: print, debug: print };

  const pending = { __proto__: null }, waiting = { __proto__: null };
  let calls = 0, atOnce = 0, first = 0, last = 0;
  const send = (asked) => {
    atOnce++;
    pending[asked.id] = asked;
    call(asked.id, asked.name, asked.args);
  };
  const hostFunction = (name) => async (...values) => {
    const args = stringify(values);
    if (args.length > mostJson) throw new NewTypeError(name + ': the arguments are larger than ' + mostJson + ' bytes');
    if (calls >= mostCalls) throw new NewError(name + ': more than ' + mostCalls + ' calls of the gateway in one run');
    const id = ++calls;
    const told = await new NewPromise((resolve, reject) => {
      const asked = { id, name, args, resolve, reject };
      if (atOnce < mostAtOnce) send(asked);
      else waiting[last++] = asked;
    });
    return parse(told);
  };
  const provide = (name) => {
    const path = apply(split, name, ['.']);
    if (path.length === 1) globalThis[name] = hostFunction(name);
    else (globalThis[path[0]] ??= {})[path[1]] = hostFunction(name);
  };

  return {
    start: async (code, source, args, names) => {
      if (typeof code !== 'function' || apply(functionText, code, []) !== source)
        return 'thrown\nSyntaxError: the code ends a block that it did not begin';
      try {
        const host = parse(names);
        for (let at = 0; at < host.length; at++) provide(host[at]);
        return result(await code(parse(args)));
      } catch (error) {
        return thrown(error);
      }
    },
    failed: async (error) => thrown(error),
    answer: (id, told, name, message) => {
      const asked = pending[id];
      delete pending[id];
      atOnce--;
      if (told !== undefined) asked.resolve(told);
      else {
        const error = new NewError(message);
        defineProperty(error, 'name', { __proto__: null, value: name, configurable: true, writable: true });
        asked.reject(error);
      }
      if (first === last) return;
      const next = waiting[first];
      delete waiting[first++];
      send(next);
    },
  };
})`.replace(/^ +/gm, '');
