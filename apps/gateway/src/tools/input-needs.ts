import { type InputRequest, isObject, type JsonObject } from './tool.js';

/** What the client would have to declare, and does not, to be asked this: `sampling`, `elicitation.url`. */
export function lacking({ method, params = {} }: InputRequest, capabilities: JsonObject): string[] {
  switch (method) {
    case 'roots/list':
      return isObject(capabilities['roots']) ? [] : ['roots'];
    case 'sampling/createMessage': {
      const { sampling } = capabilities;
      if (!isObject(sampling)) return ['sampling'];
      const wantsTools = params['tools'] !== undefined || params['toolChoice'] !== undefined;
      return wantsTools && !isObject(sampling['tools']) ? ['sampling.tools'] : [];
    }
    case 'elicitation/create': {
      const { elicitation } = capabilities;
      const mode = params['mode'] === 'url' ? 'url' : 'form';
      if (!isObject(elicitation)) return [mode === 'url' ? 'elicitation.url' : 'elicitation'];
      // One that names no mode takes forms.
      const takesForms = isObject(elicitation['form']) || elicitation['url'] === undefined;
      return (mode === 'url' ? isObject(elicitation['url']) : takesForms) ? [] : [`elicitation.${mode}`];
    }
    default:
      return [method satisfies never];
  }
}
